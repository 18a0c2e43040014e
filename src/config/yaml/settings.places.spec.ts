import { placesIn } from './settings.places.js';

const TEXT = `tenants:
  - name: north
    spid: &spid
      clientSecret: { file: spid-secret }
      'odd key': 1
  - name: Not A Name
    spid: *spid
callers:
  - name: shop
    scopes: [entitlements:read, ops:read]
    keys:
      - sha256: 1
`;

describe('placesIn', () => {
  it.each([
    ['tenants', 1, 1, undefined],
    ['tenants[0]', 2, 5, 'tenant north'],
    ['tenants[0].spid.clientSecret', 4, 7, 'tenant north'],
    ['tenants[0].spid.(odd key)', 5, 7, 'tenant north'],
    ['tenants[1].spid', 7, 5, undefined],
    ['tenants[1].spid.clientSecret', 4, 7, undefined],
    ['callers[0].scopes[1]', 10, 33, 'caller shop'],
    ['callers[0].keys[0].sha256', 12, 9, 'caller shop'],
    // Missing: the entry around it.
    ['callers[0].limit.requests', 9, 5, 'caller shop'],
    ['callers[1].name', 8, 1, undefined],
    ['(file)', 1, 1, undefined],
    ['line 3, column 9', 3, 9, undefined],
  ])('finds %s', (path, line, column, owner) => {
    const { reference: _, ...place } = placesIn(TEXT)(path) ?? {};
    expect(place).toEqual({ line, column, ...(owner && { owner }) });
  });

  it('names what a reference leads to', () => {
    expect(placesIn(TEXT)('tenants[1].spid.clientSecret')?.reference).toEqual({ file: 'spid-secret' });
  });

  it('finds nothing in a text that is not YAML', () => {
    expect(placesIn('a: [1')('a')).toBeUndefined();
  });
});
