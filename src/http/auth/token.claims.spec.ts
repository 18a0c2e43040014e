import type { IssuerSettings } from '../../config/settings/issuer.settings.js';
import { callerOfClaims } from './token.claims.js';

const ISSUER: IssuerSettings = {
  name: 'corp',
  issuer: 'https://id.example.com',
  audience: 'tollgate',
  jwksUri: 'https://id.example.com/keys',
  algorithms: ['RS256'],
  leewaySeconds: 30,
  scopesClaim: 'scope',
  callerClaim: 'sub',
  tenants: ['north', 'south'],
  scopes: new Set(['vouchers:read', 'entitlements:read']),
  limit: { requests: 10, perSeconds: 1 },
  scopeLimits: [{ name: 'reads', scopes: new Set(['vouchers:read']), limit: { requests: 5, perSeconds: 1 } }],
  weight: 1,
  resources: { products: ['13*'] },
};

const withTenant = { ...ISSUER, tenantClaim: 'https://example.com/brands' };

describe('callerOfClaims', () => {
  it('prefixes the name with the issuer and uses the limits and resources of the issuer', () => {
    expect(callerOfClaims({ sub: 'shop', scope: 'vouchers:read' }, ISSUER)).toEqual({
      name: 'corp:shop',
      issuer: 'corp',
      weight: 1,
      tenants: ['north', 'south'],
      scopes: new Set(['vouchers:read']),
      limit: ISSUER.limit,
      scopeLimits: ISSUER.scopeLimits,
      resources: ISSUER.resources,
    });
  });

  it.each([
    ['openid vouchers:read vouchers:draw', ['vouchers:read']],
    [['entitlements:read', 'nonsense', 7], ['entitlements:read']],
    [undefined, []],
    [{ 'vouchers:read': true }, []],
  ])('keeps of the scopes %j only known ones that the issuer has', (scope, scopes) => {
    const caller = callerOfClaims({ sub: 'shop', scope }, ISSUER);
    expect([...(caller?.scopes ?? [])]).toEqual(scopes);
  });

  it.each([
    ['south', ['south']],
    [
      ['south', 'north', 'west'],
      ['north', 'south'],
    ],
    ['west', []],
    [undefined, []],
  ])('keeps of the tenants %j only those of the issuer', (brands, tenants) => {
    const caller = callerOfClaims({ sub: 'shop', 'https://example.com/brands': brands }, withTenant);
    expect(caller?.tenants).toEqual(tenants);
  });

  it.each([undefined, '', 7, 'two words', 'line\nbreak', 'x'.repeat(129)])(
    'returns undefined for the name %j',
    (sub) => {
      expect(callerOfClaims({ sub: sub as string }, ISSUER)).toBeUndefined();
    },
  );
});
