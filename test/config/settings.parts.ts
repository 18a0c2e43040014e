/** SPiD of a tenant; its secret is `canary-client-secret` in the environment variable SECRET. */
export const SPID = {
  baseUrl: 'https://login.example.com',
  clientId: 'client',
  clientSecret: { env: 'SECRET' },
  timeZone: 'Europe/Oslo',
};

export const ENV = { SECRET: 'canary-client-secret' };

/** An issuer without its access. */
export const ISSUER = {
  name: 'corp',
  issuer: 'https://id.example.com',
  audience: 'tollgate',
  jwksUri: 'https://id.example.com/keys',
  algorithms: ['ES256'],
};
