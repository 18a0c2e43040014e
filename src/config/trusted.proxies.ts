import { BlockList, isIP } from 'node:net';

/** Which addresses are those of the gateway's own proxies and load balancers. */
export type TrustedProxies = (address: string) => boolean;

export type ProxyEntry = { readonly reason: string } | { readonly address: string; readonly bits: number };

/** Reads `192.0.2.1`, `10.0.0.0/8` or `fd00::/8`; `reason` completes a sentence that begins with the entry's path. */
export function readProxyEntry(text: string): ProxyEntry {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  const bitsMax = family === 6 ? 128 : 32;
  if (family === 0 || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) {
    return { reason: 'must be an IP address or a range of them, for example 10.0.0.0/8 or fd00::/8' };
  }
  const length = bits === undefined ? bitsMax : Number(bits);
  if (length > bitsMax) return { reason: `must have a prefix of at most ${bitsMax} bits` };
  // Each caller could then choose the address that it is counted by.
  if (length === 0) return { reason: 'must not be all addresses: it names proxies, not clients' };
  return { address, bits: length };
}

/** @param entries as checked by `readProxyEntry` */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const entry of entries) {
    const read = readProxyEntry(entry);
    if ('reason' in read) throw new TypeError(`${entry} ${read.reason}`);
    list.addSubnet(read.address, read.bits, isIP(read.address) === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}
