import { startSimulators, unusedIds } from './simulators.js';

async function main(): Promise<void> {
  const simulators = await startSimulators({
    spidPort: portOf('SPID_SIMULATOR_PORT', 4001),
    import2Port: portOf('IMPORT2_SIMULATOR_PORT', 4002),
    host: process.env['SIMULATOR_HOST'] || '127.0.0.1',
    // The gateway's ledger remembers the ids of earlier simulators.
    idsAfter: unusedIds(),
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void simulators.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const { spid, import2 } = simulators;
  process.stderr.write(`SPiD simulator     ${spid.url}/api/2\nImport2 simulator  ${import2.url}/api/v2.1\n`);
}

function portOf(name: string, fallback: number): number {
  const given = process.env[name] ?? '';
  // Kubernetes and Docker set such a variable for a service of that name: tcp://10.0.0.1:4001.
  const text = given === '' || /^(tcp|udp|sctp):\/\//.test(given) ? String(fallback) : given;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= 65_535) return number;
  throw new Error(`${name} must be a whole number from 0 to 65535`);
}

/** One line: the variable, what was tried, what to do. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (syscall === 'getaddrinfo') return `SIMULATOR_HOST cannot be resolved (${code}): set it to an address`;
  if (code === 'EADDRNOTAVAIL')
    return `SIMULATOR_HOST: ${address} is not an address of this machine (${code})`;
  if (syscall !== 'listen' || port === undefined) return error.message;
  const isSpid = port === portOf('SPID_SIMULATOR_PORT', 4001);
  const variable = isSpid ? 'SPID_SIMULATOR_PORT' : 'IMPORT2_SIMULATOR_PORT';
  const at = `${address}:${port}`;
  return code === 'EADDRINUSE'
    ? `${variable}: another process listens on ${at} already. Stop it, or set ${variable} to a free port`
    : `${variable}: cannot listen on ${at} (${code}). Set ${variable} to another port`;
}

main().catch((error: unknown) => {
  process.stderr.write(`The simulators do not start: ${reasonOf(error)}\n`);
  process.exit(1);
});
