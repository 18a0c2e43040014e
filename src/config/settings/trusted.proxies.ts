import { BlockList, isIP } from 'node:net';
import type { Parsed } from '../parsed.js';
import type { SettingsChecks } from './settings.checks.js';

/** Which addresses are those of the gateway's own proxies and load balancers. */
export type TrustedProxies = (address: string) => boolean;

interface ProxyRange {
  readonly address: string;
  readonly bits: number;
}

/**
 * The widest private ranges are 10.0.0.0/8 and fc00::/7. With wider ones, in the end all addresses, each caller could
 * choose the address that it is counted by.
 */
const BITS_MIN_4 = 8;
const BITS_MIN_6 = 7;

export function checkProxies(entries: readonly string[], { report }: SettingsChecks): void {
  entries.forEach((entry, index) => {
    const { reason } = parseProxyRange(entry);
    if (reason !== undefined) report.error(`trustedProxies[${index}]`, reason);
  });
}

/** `192.0.2.1`, `10.0.0.0/8` or `fd00::/8`. */
function parseProxyRange(text: string): Parsed<ProxyRange> {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  const bitsMax = family === 6 ? 128 : 32;
  if (
    family === 0 ||
    address.includes('%') ||
    rest.length > 0 ||
    (bits !== undefined && !/^\d{1,3}$/.test(bits))
  ) {
    return { reason: 'must be an IP address or a range of them, for example 10.0.0.0/8 or fd00::/8' };
  }
  const length = bits === undefined ? bitsMax : Number(bits);
  if (length > bitsMax) return { reason: `must have a prefix of at most ${bitsMax} bits` };
  if (length < (family === 6 ? BITS_MIN_6 : BITS_MIN_4) || (isMapped(address) && length < 96 + BITS_MIN_4)) {
    return { reason: 'must not be so many addresses: it names proxies, not clients' };
  }
  return { value: { address, bits: length } };
}

/** `::ffff:0:0/96` is IPv4 in the spelling of IPv6. */
function isMapped(address: string): boolean {
  const ipv4 = new BlockList();
  ipv4.addSubnet('::ffff:0:0', 96, 'ipv6');
  return isIP(address) === 6 && ipv4.check(address, 'ipv6');
}

/** @param entries as checked by `checkProxies` */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const entry of entries) {
    const { value: range, reason } = parseProxyRange(entry);
    if (range === undefined) throw new TypeError(`${entry} ${reason}`);
    list.addSubnet(range.address, range.bits, isIP(range.address) === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}
