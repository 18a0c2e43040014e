import { trustedProxies } from '../../config/settings/trusted.proxies.js';
import { clientAddressOf } from './client.address.js';

const isTrusted = trustedProxies(['10.0.0.0/8', 'fd00::/8', '192.0.2.7']);

describe('clientAddressOf', () => {
  it.each([
    ['the peer without a header', '10.0.0.1', undefined, '10.0.0.1'],
    ['the peer that is not trusted', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['the rightmost that is not trusted', '10.0.0.1', '1.1.1.1, 198.51.100.1, 10.2.3.4', '198.51.100.1'],
    ['the leftmost where all are trusted', '10.0.0.1', '10.0.0.3, 192.0.2.7', '10.0.0.3'],
    ['IPv6', 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['an IPv4 peer of a socket for both', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a mapped entry', '10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['an entry with a port', '10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['IPv6 with a port', '10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['the proxy before an entry that is none', '10.0.0.1', '198.51.100.1, unknown, 10.0.0.2', '10.0.0.2'],
    ['the proxy before an empty entry', '10.0.0.1', '198.51.100.1,', '10.0.0.1'],
    ['a neighbour of a trusted one', '192.0.2.8', '198.51.100.1', '192.0.2.8'],
    ['no address at all', 'unknown', '198.51.100.1', 'unknown'],
  ])('is %s', (_, peer, forwardedFor, client) => {
    const source = forwardedFor === undefined ? { peer } : { peer, forwardedFor };
    expect(clientAddressOf(source, isTrusted)).toBe(client);
  });
});
