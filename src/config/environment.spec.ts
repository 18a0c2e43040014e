import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from './configuration.error.js';
import { readEnvironment } from './environment.js';

function faultsOf(env: NodeJS.ProcessEnv): ConfigurationError['faults'] {
  try {
    readEnvironment(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

describe('readEnvironment', () => {
  it('runs embedded on this machine when nothing is set', () => {
    expect(readEnvironment({})).toMatchObject({
      mode: 'embedded',
      host: '127.0.0.1',
      port: 3000,
      logLevel: 'info',
      dataDir: '.tollgate',
      databaseUrl: undefined,
      redisUrl: undefined,
      spidSimulatorPort: 4001,
      import2SimulatorPort: 4002,
      shutdownGraceMs: 28_000,
    });
  });

  it('takes an empty variable for an unset one', () => {
    const env = { PORT: '', HOST: '', LOG_LEVEL: '', TOLLGATE_CONFIG: '', DATABASE_URL: '', DATA_DIR: '' };
    expect(readEnvironment(env)).toEqual(readEnvironment({}));
  });

  it('is configured, and open to other machines, when TOLLGATE_CONFIG names a file', () => {
    const environment = readEnvironment({ TOLLGATE_CONFIG: '/etc/tollgate.yaml' });
    expect(environment).toMatchObject({
      mode: 'configured',
      settingsFile: '/etc/tollgate.yaml',
      host: '0.0.0.0',
    });
  });

  it.each(['127.0.0.1', '::1', 'localhost'])('lets embedded mode listen on %s', (host) => {
    expect(readEnvironment({ HOST: host }).host).toBe(host);
  });

  it.each(['0.0.0.0', '::', '10.0.0.7', 'example.com', '127.0.0.1.example.com'])(
    'refuses to offer the demo keys on %s',
    (host) => {
      expect(faultsOf({ HOST: host })).toEqual([
        { path: 'HOST', reason: expect.stringContaining('without TOLLGATE_CONFIG the demo keys') },
      ]);
    },
  );

  it('keeps the database and Redis URLs as secrets, in both modes', () => {
    const databaseUrl = 'postgres://gate:canary-1@db/tollgate';
    const { databaseUrl: read, redisUrl } = readEnvironment({
      DATABASE_URL: databaseUrl,
      REDIS_URL: 'rediss://h',
    });
    expect(read?.reveal()).toBe(databaseUrl);
    expect(JSON.stringify({ read, redisUrl })).toBe('{"read":"[redacted]","redisUrl":"[redacted]"}');
  });

  it('reads both URLs from files as well, by the rules of secret files, and never from two places', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-environment-'));
    const file = join(folder, 'url');
    try {
      writeFileSync(file, 'postgres://gate:canary-1@db/tollgate\n', { mode: 0o600 });
      expect(readEnvironment({ DATABASE_URL_FILE: file }).databaseUrl?.reveal()).toBe(
        'postgres://gate:canary-1@db/tollgate',
      );
      expect(readEnvironment({ DATABASE_URL_FILE: file }).warnings).toEqual([]);
      chmodSync(file, 0o644);
      expect(readEnvironment({ DATABASE_URL_FILE: file }).warnings).toEqual([
        { path: 'DATABASE_URL_FILE', reason: expect.stringContaining('every user') },
      ]);
      expect(faultsOf({ DATABASE_URL: 'postgres://db/x', DATABASE_URL_FILE: file })).toEqual([
        { path: 'DATABASE_URL_FILE', reason: 'must not be set together with DATABASE_URL' },
      ]);
      expect(faultsOf({ REDIS_URL_FILE: file, DATABASE_URL_FILE: join(folder, 'nowhere') })).toEqual([
        { path: 'DATABASE_URL_FILE', reason: 'refers to a file that cannot be read (ENOENT)' },
        { path: 'REDIS_URL_FILE', reason: expect.stringContaining('redis://') },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('reports every fault at once and none of the values', () => {
    const env = {
      PORT: 'canary-port',
      LOG_LEVEL: 'canary-level',
      DATABASE_URL: 'mysql://gate:canary-password@db/x',
      REDIS_URL: 'canary redis',
      SPID_SIMULATOR_PORT: '65536',
      SHUTDOWN_GRACE_MS: '-1',
      TOLLGATE_CONFIGG: 'canary-file',
    };
    const faults = faultsOf(env);
    expect(faults.map(({ path }) => path)).toEqual([
      'PORT',
      'LOG_LEVEL',
      'DATABASE_URL',
      'REDIS_URL',
      'SPID_SIMULATOR_PORT',
      'SHUTDOWN_GRACE_MS',
      'TOLLGATE_CONFIGG',
    ]);
    expect(new ConfigurationError('environment', faults).message).not.toContain('canary');
  });

  it.each(['3000.5', '1e3', ' 3000', '0x10', '+1', '99999'])('refuses the port %j', (port) => {
    expect(faultsOf({ PORT: port })).toEqual([
      { path: 'PORT', reason: 'must be a whole number from 0 to 65535' },
    ]);
  });

  it('lets pass what Kubernetes sets for a service named tollgate', () => {
    const links = {
      TOLLGATE_SERVICE_HOST: '10.1.2.3',
      TOLLGATE_SERVICE_PORT_HTTP: '80',
      TOLLGATE_PORT: 'tcp://10.1.2.3:80',
      TOLLGATE_REDIS_PORT_6379_TCP_ADDR: '10.1.2.4',
    };
    expect(faultsOf(links)).toEqual([]);
    expect(faultsOf({ TOLLGATE_PORT: '8080' })).toHaveLength(1);
  });
});
