import * as fc from 'fast-check';
import { Secret } from '../../config/secrets/secret.js';
import { canonicalJson } from './canonical.json.js';
import { type FingerprintParts, fingerprintOf } from './operation.fingerprint.js';

const REQUEST: FingerprintParts = {
  method: 'POST',
  route: '/v1/migrations',
  path: {},
  query: {},
  body: { sourceTool: 'pipedrive', destinationUsername: 'ann@example.test' },
};

describe('canonicalJson', () => {
  it.each([
    [{ b: 1, a: { d: [2, { y: 1, x: 2 }], c: null } }, '{"a":{"c":null,"d":[2,{"x":2,"y":1}]},"b":1}'],
    [{ a: undefined, b: 0 }, '{"b":0}'],
    [[undefined, -0, 1e21], '[null,0,1e+21]'],
    ['\u20ac"\n', String.raw`"€\"\n"`],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [undefined, 'null'],
  ])('serializes %j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('preserves the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('fingerprintOf', () => {
  it('does not depend on the order of members', () => {
    const body = { destinationUsername: 'ann@example.test', sourceTool: 'pipedrive' };
    expect(fingerprintOf({ ...REQUEST, body })).toBe(fingerprintOf(REQUEST));
    expect(fingerprintOf(REQUEST)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<FingerprintParts>]>([
    ['method', { method: 'PUT' }],
    ['route', { route: '/v1/voucher-handouts' }],
    ['path parameters', { path: { userId: '42' } }],
    ['query', { query: { scope: 'merchant' } }],
    ['body', { body: { sourceTool: 'pipedrive' } }],
    ['type of a value', { body: { sourceTool: 'pipedrive', destinationUsername: 1 } }],
  ])('differs if the %s differs', (_, change) => {
    expect(fingerprintOf({ ...REQUEST, ...change })).not.toBe(fingerprintOf(REQUEST));
  });

  it('distinguishes secrets by a keyed hash', () => {
    const withSecret = (value: string, key = 'k1') =>
      fingerprintOf({
        ...REQUEST,
        secrets: { key: new Secret(key), values: { destinationToken: new Secret(value) } },
      });
    expect(withSecret('t1')).toBe(withSecret('t1'));
    expect(withSecret('t1')).not.toBe(withSecret('t2'));
    expect(withSecret('t1')).not.toBe(withSecret('t1', 'k2'));
    expect(withSecret('t1')).not.toBe(fingerprintOf(REQUEST));
  });
});
