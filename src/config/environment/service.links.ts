/**
 * Whether Kubernetes or Docker has set this variable to the address of a service of that name: both set several for every
 * service that a pod or container can reach, so `SPID_SIMULATOR_PORT` may be `tcp://10.0.0.1:4001`.
 */
export function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$/.test(name)) return true;
  if (/_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|PORT_END|PORT_START|ADDR))?$/.test(name)) return true;
  if (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value)) return true;
  // Docker's links: `<NAME>_NAME=/container/alias` and the other container's environment as `<NAME>_ENV_…`.
  return /_ENV_[A-Za-z0-9_]+$/.test(name) || (name.endsWith('_NAME') && /^\/[^/]+\/[^/]+$/.test(value));
}
