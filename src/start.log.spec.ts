import { readEnvironment } from './config/environment/environment.js';
import type { Settings } from './config/settings/settings.js';
import { startFacts } from './start.log.js';

const PRODUCTION = {
  TOLLGATE_CONFIG: '/etc/tollgate/tollgate.yaml',
  DATABASE_URL: 'postgres://gateway:canary-1@db.example.com/ledger?sslmode=verify-full',
  REDIS_URL: 'rediss://user:canary-2@cache.example.com:6380/1',
};

const settings = {
  tenants: new Map([['north', {}]]),
  callers: [{}, {}],
  issuers: [{}],
} as unknown as Settings;

function factsOf(env: NodeJS.ProcessEnv) {
  const database = { status: 'down', trouble: 'unreachable', since: new Date(), reason: null } as const;
  return startFacts({
    environment: readEnvironment(env),
    settings,
    address: 'http://0.0.0.0:3000',
    database: { ...database, takesWrites: false },
    redisStatus: env['REDIS_URL'] === undefined ? undefined : 'unreachable',
  });
}

describe('startFacts', () => {
  it('name the settings, their size and both stores, and no password', () => {
    const facts = factsOf(PRODUCTION);
    expect(facts).toMatchObject({
      mode: 'configured',
      address: 'http://0.0.0.0:3000',
      settingsFile: '/etc/tollgate/tollgate.yaml',
      tenants: 1,
      callers: 2,
      issuers: 1,
      database: 'db.example.com:5432/ledger',
      databaseStatus: 'unreachable',
      redis: 'cache.example.com:6380/1',
      redisStatus: 'unreachable',
    });
    expect(JSON.stringify(facts)).not.toMatch(/canary|gateway:|sslmode/);
  });

  it('has no state of a Redis where there is none', () => {
    const { REDIS_URL: _, ...env } = PRODUCTION;
    expect(Object.keys(factsOf(env))).not.toContain('redisStatus');
  });

  it.each([
    ['postgres://u:canary-3@[::1]:5433/ledger', /^\[::1\]:5433\/ledger$/],
    ['postgres://u:canary-3@%2Frun%2Fpostgresql/ledger', /^\/run\/postgresql\/ledger$/],
  ])('name a database at %s without its password', (url, text) => {
    const facts = factsOf({ ...PRODUCTION, DATABASE_URL: url });
    expect(facts.database).toMatch(text);
    expect(JSON.stringify(facts)).not.toContain('canary');
  });
});
