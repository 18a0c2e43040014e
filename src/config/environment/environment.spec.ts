import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../errors/configuration.error.js';
import { DATABASE_LIMITS } from './database.limits.js';
import { readEnvironment } from './environment.js';
import { LAST_COMMIT_MS } from './shutdown.times.js';
import { IMPORT2_TIMEOUTS } from '../upstream.timeouts.js';

function errorsOf(env: NodeJS.ProcessEnv): ConfigurationError['issues'] {
  try {
    readEnvironment(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues;
    throw error;
  }
  return [];
}

const CONFIGURED = {
  TOLLGATE_CONFIG: '/etc/tollgate.yaml',
  DATABASE_URL: 'postgres://gate@db/tollgate',
  REDIS_URL: 'redis://valkey:6379',
};

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
      readinessDatabase: 'once',
      singleProcess: true,
      replicas: 1,
      simulatorPorts: { spid: 4001, import2: 4002 },
      keepAliveTimeoutMs: 72_000,
      drainDelayMs: 0,
      shutdownGraceMs: 28_000,
      warnings: [],
    });
  });

  it('reads how many replicas there are', () => {
    expect(readEnvironment({ ...CONFIGURED, REPLICAS: '4' }).replicas).toBe(4);
    for (const REPLICAS of ['0', '-1', '1.5', '1001', 'four']) {
      expect(errorsOf({ ...CONFIGURED, REPLICAS })).toEqual([
        { path: 'REPLICAS', reason: expect.stringContaining('1') },
      ]);
    }
  });

  it('takes an empty variable for an unset one', () => {
    const env = { PORT: '', HOST: '', LOG_LEVEL: '', TOLLGATE_CONFIG: '', DATABASE_URL: '', DATA_DIR: '' };
    expect(readEnvironment(env)).toEqual(readEnvironment({}));
  });

  it('is configured, and open to other machines, when TOLLGATE_CONFIG names a file', () => {
    const environment = readEnvironment(CONFIGURED);
    expect(environment).toMatchObject({
      mode: 'configured',
      settingsFile: '/etc/tollgate.yaml',
      host: '0.0.0.0',
      drainDelayMs: 5_000,
      shutdownGraceMs: 28_000,
      warnings: [],
    });
  });

  it.each(['127.0.0.1', '::1', 'localhost'])('lets embedded mode listen on %s', (host) => {
    expect(readEnvironment({ HOST: host }).host).toBe(host);
  });

  it.each(['0.0.0.0', '::', '10.0.0.7', 'example.com', '127.0.0.1.example.com'])(
    'refuses to offer the demo keys on %s',
    (host) => {
      expect(errorsOf({ HOST: host })).toEqual([
        { path: 'HOST', reason: expect.stringContaining('without TOLLGATE_CONFIG the demo keys') },
      ]);
    },
  );

  describe.each([{}, CONFIGURED])('refuses as HOST what belongs to a URL: %j', (env) => {
    it.each([
      [
        '[::1]',
        "must be a host name or an IP address without '[' and ']', which belong to URLs, for example ::1",
      ],
      ['[::1]:3000', /alone, without a port, which is set with PORT$/],
      ['0.0.0.0:3000', /alone, without a port, which is set with PORT$/],
      ['localhost:', /alone, without a port, which is set with PORT$/],
      ['http://localhost', /alone, without a scheme such as http:\/\/$/],
      ['tcp://10.0.0.1:3000', /alone, without a scheme such as http:\/\/$/],
      ['localhost/v1', /^must be a host name or an IP address$/],
      ['1:2:3', /^must be a host name or an IP address$/],
      ['localhost\n', 'ends with a newline'],
    ])('%j', (HOST, reason) => {
      const expected = typeof reason === 'string' ? reason : expect.stringMatching(reason);
      expect(errorsOf({ ...env, HOST })).toEqual([{ path: 'HOST', reason: expected }]);
    });
  });

  it.each(['::', 'fe80::1%eth0', '::ffff:10.0.0.1', '10.0.0.7', 'gateway_1.internal.'])(
    'lets configured mode listen on %s',
    (HOST) => expect(readEnvironment({ ...CONFIGURED, HOST }).host).toBe(HOST),
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
      expect(errorsOf({ DATABASE_URL: 'postgres://u@db/x', DATABASE_URL_FILE: file })).toEqual([
        { path: 'DATABASE_URL_FILE', reason: 'must not be set together with DATABASE_URL' },
      ]);
      expect(errorsOf({ REDIS_URL_FILE: file, DATABASE_URL_FILE: join(folder, 'nowhere') })).toEqual([
        { path: 'DATABASE_URL_FILE', reason: 'refers to a file that cannot be read (ENOENT)' },
        { path: 'REDIS_URL_FILE', reason: expect.stringContaining('redis://') },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('reports every error at once and none of the values that could be secrets', () => {
    const env = {
      PORT: 'canary-of-17-char',
      LOG_LEVEL: 'canary:level/debug',
      DATABASE_URL: 'mysql://gate:canary-password@db/x',
      REDIS_URL: 'canary redis',
      SPID_SIMULATOR_PORT: '65536',
      SHUTDOWN_GRACE_MS: '-1',
      TOLLGATE_CONFIGG: 'canary-file',
    };
    const errors = errorsOf(env);
    expect(errors.map(({ path }) => path)).toEqual([
      'PORT',
      'LOG_LEVEL',
      'SPID_SIMULATOR_PORT',
      'DATABASE_URL',
      'REDIS_URL',
      'SHUTDOWN_GRACE_MS',
      'TOLLGATE_CONFIGG',
    ]);
    expect(new ConfigurationError('environment', errors).message).not.toContain('canary');
  });

  it.each(['3000.5', '1e3', '30 00', '0x10', '+1', '99999'])('refuses the port %j', (port) => {
    expect(errorsOf({ PORT: port })).toEqual([
      { path: 'PORT', reason: `must be a whole number from 0 to 65535; it is "${port}"` },
    ]);
  });

  it.each(['a-secret-of-17-ch', 'postgres://a:b@c', 'two\nlines', 'ä'])(
    'shows nothing of PORT=%j',
    (port) => {
      expect(errorsOf({ PORT: port })).toEqual([
        { path: 'PORT', reason: 'must be a whole number from 0 to 65535' },
      ]);
    },
  );

  it.each([
    ['PORT', '3000\n', 'must be a whole number from 0 to 65535; it is "3000\\n", ends with a newline'],
    ['PORT', ' 3000', 'must be a whole number from 0 to 65535; it is " 3000", begins with white space'],
    ['PORT', '\n', 'must be a whole number from 0 to 65535; it is nothing but white space'],
    [
      'PORT',
      ' canary-of-17-char \n',
      'must be a whole number from 0 to 65535; it begins with white space and ends with white space',
    ],
    ['SINGLE_PROCESS', 'true\r\n', 'must be one of: true, false; it is "true\\r\\n", ends with a newline'],
    ['REDIS_URL', 'redis://:canary@valkey:6379\n', 'ends with a newline'],
    [
      'DATABASE_URL_FILE',
      '/nowhere/canary\n',
      'refers to a file that cannot be read (ENOENT); it ends with a newline',
    ],
  ])('names white space around %s=%j', (name, value, reason) => {
    const { DATABASE_URL, ...rest } = CONFIGURED;
    const env = { ...rest, ...(name === 'DATABASE_URL_FILE' ? {} : { DATABASE_URL }), [name]: value };
    expect(errorsOf(env)).toEqual([{ path: name, reason }]);
  });

  it('names white space around paths', () => {
    const read = () => readEnvironment({ TOLLGATE_CONFIG: '/etc/x.yaml\n' }, () => 'there is none');
    expect(read).toThrow('names /etc/x.yaml, which cannot be read: there is none; it ends with a newline');
    expect(readEnvironment({ DATA_DIR: '/data\n' }).warnings).toEqual([
      { path: 'DATA_DIR', reason: 'ends with a newline, which is in the name of the folder too' },
    ]);
  });

  describe('of one process or several', () => {
    it.each([
      {},
      { DATA_DIR: '/data' },
      { SINGLE_PROCESS: 'false' },
      { DATABASE_URL: '', SINGLE_PROCESS: '' },
    ])('refuses a configured start without a database for all replicas: %j', (env) => {
      expect(errorsOf({ ...CONFIGURED, DATABASE_URL: '', ...env })).toEqual([
        { path: 'DATABASE_URL', reason: expect.stringContaining('set SINGLE_PROCESS=true if there is only') },
      ]);
    });

    it('takes a folder of its own where it is the only process', () => {
      const env = { TOLLGATE_CONFIG: '/etc/tollgate.yaml', DATA_DIR: '/data', SINGLE_PROCESS: 'true' };
      expect(readEnvironment(env)).toMatchObject({ singleProcess: true, dataDir: '/data', warnings: [] });
    });

    it('warns of counters of its own', () => {
      expect(readEnvironment({ ...CONFIGURED, REDIS_URL: '' }).warnings).toEqual([
        { path: 'REDIS_URL', reason: expect.stringContaining('each process counts by itself') },
      ]);
      expect(readEnvironment({ ...CONFIGURED, REDIS_URL: '', SINGLE_PROCESS: 'true' }).warnings).toEqual([]);
    });

    it('reports a wrong URL once, not as a missing one too', () => {
      const errors = errorsOf({ ...CONFIGURED, DATABASE_URL: 'postgres://db', REDIS_URL: 'valkey' });
      expect(errors.map(({ path }) => path)).toEqual(['DATABASE_URL', 'REDIS_URL']);
    });

    it.each(['yes', '1', 'TRUE'])('takes SINGLE_PROCESS=%s for a mistake', (value) => {
      expect(errorsOf({ ...CONFIGURED, SINGLE_PROCESS: value })).toEqual([
        { path: 'SINGLE_PROCESS', reason: `must be one of: true, false; it is "${value}"` },
      ]);
    });
  });

  describe('of variables that others set', () => {
    const LINKS = {
      TOLLGATE_SERVICE_HOST: '10.1.2.3',
      TOLLGATE_SERVICE_PORT: '80',
      TOLLGATE_SERVICE_PORT_HTTP: '80',
      TOLLGATE_PORT: 'tcp://10.1.2.3:80',
      TOLLGATE_PORT_80_TCP: 'tcp://10.1.2.3:80',
      TOLLGATE_PORT_80_TCP_PROTO: 'tcp',
      TOLLGATE_PORT_80_TCP_PORT: '80',
      TOLLGATE_REDIS_PORT_6379_TCP_ADDR: '10.1.2.4',
      TOLLGATE_NAME: '/web/tollgate',
      TOLLGATE_ENV_NODE_VERSION: '24',
      SPID_SIMULATOR_SERVICE_HOST: '10.0.0.1',
      SPID_SIMULATOR_PORT: 'tcp://10.0.0.1:4001',
      IMPORT2_SIMULATOR_PORT: 'udp://10.0.0.1:4002',
    };

    it.each([{}, CONFIGURED])('never takes a service link for a setting: %j', (env) => {
      expect(readEnvironment({ ...env, ...LINKS })).toEqual(readEnvironment(env));
    });

    it.each([
      ['TOLLGATE_PORT', '8080'],
      ['TOLLGATE_NAME', 'gateway'],
      ['TOLLGATE_CONFIG_FILE', 'tcp://10.1.2.3:80'],
    ])('takes %s=%s for a misspelt setting all the same', (name, value) => {
      expect(errorsOf({ [name]: value }).map(({ path }) => path)).toEqual([name]);
    });

    it('reads no variable that the mode does not use', () => {
      const unused = { SPID_SIMULATOR_PORT: 'x', IMPORT2_SIMULATOR_PORT: '-1', DATA_DIR: '/somewhere' };
      expect(readEnvironment({ ...CONFIGURED, ...unused })).toEqual(readEnvironment(CONFIGURED));
      expect(readEnvironment({ SINGLE_PROCESS: 'maybe' })).toEqual(readEnvironment({}));
    });
  });

  describe('of the shutdown', () => {
    it('fits into the 30 s of Kubernetes by default, with room', () => {
      const { drainDelayMs, shutdownGraceMs } = readEnvironment(CONFIGURED);
      const { attemptMs, totalMs } = IMPORT2_TIMEOUTS;
      expect(shutdownGraceMs).toBeLessThanOrEqual(28_000);
      expect(drainDelayMs + attemptMs + LAST_COMMIT_MS).toBeLessThanOrEqual(shutdownGraceMs);
      expect(totalMs + LAST_COMMIT_MS).toBeLessThanOrEqual(shutdownGraceMs);
    });

    it.each([
      [{ DRAIN_DELAY_MS: '25000' }, 'must be more than 28000'],
      [{ SHUTDOWN_GRACE_MS: '8000' }, 'must be more than 8000'],
    ])('leaves room for calls and the last commit: %j', (env, reason) => {
      expect(errorsOf({ ...CONFIGURED, ...env })).toEqual([
        { path: 'SHUTDOWN_GRACE_MS', reason: expect.stringContaining(reason) },
      ]);
      expect(errorsOf({ ...CONFIGURED, SHUTDOWN_GRACE_MS: '8001' })).toEqual([]);
    });

    it.each([
      [{ SHUTDOWN_GRACE_MS: '27999' }, 'at least 28000'],
      [{ DRAIN_DELAY_MS: '5001' }, 'at least 28001'],
    ])('names in embedded mode how much the demo needs: %j', (env, reason) => {
      expect(errorsOf(env)).toEqual([{ path: 'SHUTDOWN_GRACE_MS', reason: expect.stringContaining(reason) }]);
    });

    it('has an idle time of connections', () => {
      expect(readEnvironment({ KEEP_ALIVE_TIMEOUT_MS: '620000' }).keepAliveTimeoutMs).toBe(620_000);
      expect(errorsOf({ KEEP_ALIVE_TIMEOUT_MS: '0' })).toHaveLength(1);
    });
  });

  describe('connections and time limits of PostgreSQL', () => {
    const limitsOf = (env: Record<string, string>) =>
      readEnvironment({ ...CONFIGURED, ...env }).databaseLimits;

    it('have defaults and are settings', () => {
      expect(limitsOf({})).toEqual(DATABASE_LIMITS);
      const env = {
        DATABASE_WRITE_CONNECTIONS: '20',
        DATABASE_READ_CONNECTIONS: '4',
        DATABASE_BACKGROUND_CONNECTIONS: '5',
        DATABASE_READ_TIMEOUT_MS: '500',
        DATABASE_BACKGROUND_TIMEOUT_MS: '20000',
      };
      expect(limitsOf(env)).toEqual({
        writeConnections: 20,
        readConnections: 4,
        backgroundConnections: 5,
        readTimeoutMs: 500,
        backgroundTimeoutMs: 20_000,
      });
    });

    it.each([
      ['DATABASE_WRITE_CONNECTIONS', '3'],
      ['DATABASE_READ_CONNECTIONS', '0'],
      ['DATABASE_BACKGROUND_CONNECTIONS', '201'],
      ['DATABASE_READ_TIMEOUT_MS', '99'],
      ['DATABASE_BACKGROUND_TIMEOUT_MS', '10s'],
    ])('refuse %s=%s', (name, value) => {
      expect(errorsOf({ ...CONFIGURED, [name]: value })).toEqual([
        { path: name, reason: expect.stringMatching(/^must be a whole number from \d+ to \d+; it is "/) },
      ]);
    });

    it('are not read without a PostgreSQL', () => {
      expect(readEnvironment({ DATABASE_READ_CONNECTIONS: '0' }).databaseLimits).toBeUndefined();
    });
  });
});
