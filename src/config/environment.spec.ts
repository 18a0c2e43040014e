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
