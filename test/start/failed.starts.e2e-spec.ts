import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ANY_PORTS } from '../support/gateway.process.js';
import { RefusingPostgres } from './support/refusing.postgres.js';
import { type FailedStart, RepeatedStarts } from './support/repeated.starts.js';

/** What a failed start prints, word for word. `<…>` are the parts of this run. */
interface Refusal {
  readonly env: Readonly<Record<string, string>>;
  readonly line: string;
}

const SETTINGS = `tenants:
  - name: north
    import2: { baseUrl: 'https://import.example.com/api/v2.1', apiToken: { env: TOKEN } }
callers:
  - name: mover
    tenants: [north]
    scopes: [migrations:read]
    keys: [{ sha256: '${'0'.repeat(64)}' }]
    limit: { requests: 100, perSeconds: 1 }
`;

/** Refused before the application is loaded. */
const EARLY: Readonly<Record<string, Refusal>> = {
  'a port in use': {
    env: { PORT: '<taken>' },
    line: 'PORT: another process listens on 127.0.0.1:<taken> already. Stop it, or set PORT to a free port',
  },
  'a port of a simulator in use': {
    env: { SPID_SIMULATOR_PORT: '<taken>' },
    line: 'SPID_SIMULATOR_PORT: another process listens on 127.0.0.1:<taken> already. Stop it, or set SPID_SIMULATOR_PORT to a free port',
  },
  'a port of the other simulator in use': {
    env: { IMPORT2_SIMULATOR_PORT: '<taken>' },
    line: 'IMPORT2_SIMULATOR_PORT: another process listens on 127.0.0.1:<taken> already. Stop it, or set IMPORT2_SIMULATOR_PORT to a free port',
  },
  'an address of another machine': {
    env: { HOST: '192.0.2.1', TOLLGATE_CONFIG: '<folder>/tollgate.yaml', SINGLE_PROCESS: 'true' },
    line: 'HOST: 192.0.2.1 is not an address of this machine (EADDRNOTAVAIL). Set HOST to one of its addresses, or to 0.0.0.0 for all',
  },
  'a DATA_DIR that is a file': {
    env: { DATA_DIR: '<folder>/file' },
    line: 'the folder <folder>/file (DATA_DIR) cannot hold the embedded database: a file is where a folder has to be (ENOTDIR). Set DATA_DIR to a folder that this process can write to',
  },
  'a DATA_DIR below a file': {
    env: { DATA_DIR: '<folder>/file/data' },
    line: 'the folder <folder>/file/data (DATA_DIR) cannot hold the embedded database: a file is where a folder has to be (ENOTDIR). Set DATA_DIR to a folder that this process can write to',
  },
  'a DATA_DIR where no folder can be made': {
    env: { DATA_DIR: '/proc/tollgate/data' },
    line: 'the folder /proc/tollgate/data (DATA_DIR) cannot hold the embedded database: the file system allows no new folder there (ENOENT). Set DATA_DIR to a folder that this process can write to',
  },
};

/** Refused by what the application meets. */
const LATE: Readonly<Record<string, Refusal>> = {
  'a folder of the keys that is a file': {
    env: { DATA_DIR: '<folder>/file', DATABASE_URL: 'postgres://u@127.0.0.1:<postgres>/db' },
    line: 'the folder <folder>/file (DATA_DIR) cannot hold the keys of the ledger: a file is where a folder has to be (ENOTDIR). Set DATA_DIR to a folder that this process can write to',
  },
  'a key that is a folder': {
    env: { DATA_DIR: '<folder>/keys' },
    line: 'the folder <folder>/keys (DATA_DIR) cannot hold the keys of the ledger: a folder is where a file has to be (EISDIR). Set DATA_DIR to a folder that this process can write to',
  },
  'an embedded database that is a file': {
    env: { DATA_DIR: '<folder>/other' },
    line: 'the embedded database in <folder>/other/pglite (DATA_DIR) cannot be opened: a file is where a folder has to be (ENOTDIR). It is damaged, of another version, or not a database: restore a backup of DATA_DIR, or set DATA_DIR to a new folder',
  },
  'a refused login': {
    env: { DATABASE_URL: 'postgres://u:canary-secret@127.0.0.1:<postgres>/db' },
    line: 'DATABASE_URL: 127.0.0.1:<postgres> refuses the login of user "u" (password authentication failed for user "u", SQLSTATE 28P01). Correct the user and the password, or the server\'s pg_hba.conf',
  },
};

/** Refused latest of all. */
const LAST: Refusal = {
  env: {
    DATABASE_URL: 'postgres://u@127.0.0.1:1/db',
    REDIS_URL: 'redis://:canary-secret@127.0.0.1:<redis>',
  },
  line: 'REDIS_URL: 127.0.0.1:<redis> refuses the login. Correct the user and the password',
};

describe('a start that fails', () => {
  let folder: string;
  let redis: Server;
  let taken: Server;
  let postgres: RefusingPostgres;
  let starts: RepeatedStarts;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-start-'));
    writeFileSync(join(folder, 'file'), '');
    writeFileSync(join(folder, 'tollgate.yaml'), SETTINGS, { mode: 0o600 });
    writeFileSync(join(folder, 'broken.yaml'), SETTINGS.replace('migrations:read', 'migration:read'));
    mkdirSync(join(folder, 'keys', 'ledger.answer.key'), { recursive: true });
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, 'other', 'pglite'), '');
    taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    redis = createServer((socket) => {
      socket.on('data', (data) => {
        const commands = data.toString().match(/^\*\d+\r$/gm) ?? [];
        socket.write(
          '-WRONGPASS invalid username-password pair or user is disabled.\r\n'.repeat(commands.length),
        );
      });
      socket.on('error', () => undefined);
    });
    await once(redis.listen(0, '127.0.0.1'), 'listening');
    postgres = await RefusingPostgres.start();
    postgres.refusal = { sqlState: '28P01', text: 'password authentication failed for user "u"' };
    starts = new RepeatedStarts();
  });

  afterAll(async () => {
    await starts.kill();
    taken.close();
    redis.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const portOf = (server: Server) => String((server.address() as AddressInfo).port);
  const filled = (text: string) =>
    text
      .replaceAll('<folder>', folder)
      .replaceAll('<taken>', portOf(taken))
      .replaceAll('<redis>', portOf(redis))
      .replaceAll('<postgres>', String(postgres.port));

  let count = 0;

  /** A folder of its own, for the process that refuses a start goes on and keeps its locks. */
  const environmentOf = (env: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
    ...ANY_PORTS,
    DATA_DIR: join(folder, `data-${(count += 1)}`),
    TOKEN: 'a-token-of-more-than-20-characters',
    ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)])),
  });

  async function failedWith(env: Readonly<Record<string, string>>): Promise<FailedStart> {
    const failed = await starts.fail(environmentOf(env));
    expect(failed.code).toBe(1);
    return failed;
  }

  function expectOneLine({ code, errors, log }: FailedStart, line: string): void {
    expect(errors).toBe(filled(`Tollgate does not start: ${line}\n`));
    expect(code).toBe(1);
    expect(log).not.toMatch(/started|canary|"stack"|"level":"error"/);
  }

  it.each(Object.entries(EARLY))('has one line for %s', async (_name, { env, line }) => {
    const failed = await failedWith(env);
    expectOneLine(failed, line);
    expect(failed.log).toBe('');
  });

  it('lists the errors of the settings with their places', async () => {
    const file = join(folder, 'tollgate.yaml');
    writeFileSync(file, 'tenants:\n  - name: north\n    spid: {}\n    colour: red\ncallers: none\n');
    const { errors } = await failedWith({ TOLLGATE_CONFIG: file, SINGLE_PROCESS: 'true' });
    expect(errors).toContain(`\n  ${file}:4:5: tenants[0].colour (tenant north): is not a known setting`);
    expect(errors).toContain(`\n  ${file}:5:1: callers: must be a list`);
  });

  it.each([
    ['<folder>/none.yaml', 'there is no such file (ENOENT)'],
    ['<folder>', 'it is a folder, not a file'],
    ['<folder>/file/none.yaml', 'a file is where a folder has to be (ENOTDIR)'],
  ])('names TOLLGATE_CONFIG=%s together with what is wrong in the environment', async (file, reason) => {
    const { errors, log } = await failedWith({ TOLLGATE_CONFIG: file, PORT: '99999' });
    expect(errors).toContain(filled(`\n  TOLLGATE_CONFIG names ${file}, which cannot be read: ${reason}\n`));
    expect(errors).toMatch(
      /environment has 3 error\(s\):\n[^]*\n {2}PORT must[^]*\n {2}DATABASE_URL is missing/,
    );
    expect(log).toBe('');
  });

  it('reports the content of the settings file before the folder, the ports and the stores', async () => {
    const env = {
      TOLLGATE_CONFIG: '<folder>/broken.yaml',
      SINGLE_PROCESS: 'true',
      DATA_DIR: '<folder>/file',
    };
    const { errors, log } = await failedWith({ ...env, PORT: '<taken>' });
    expect(errors).toMatch(
      /^Tollgate does not start; TOLLGATE_CONFIG: \S+broken.yaml has 1 error\(s\); rules between settings were not checked yet:\n {2}\S+:\d+:\d+: callers\[0\].scopes\[0\].*: .*\n$/,
    );
    expect(log).toBe('');
  });

  it('makes no database before a port in use is reported', async () => {
    await failedWith({ PORT: '<taken>', DATA_DIR: '<folder>/unused' });
    expect(readdirSync(join(folder, 'unused'))).not.toContain('pglite');
  });

  it('has the stack, of the causes too, at LOG_LEVEL=debug', async () => {
    const { errors } = await failedWith({ DATA_DIR: '<folder>/file', LOG_LEVEL: 'debug' });
    expect(errors).toMatch(
      /^Tollgate does not start: the folder .*\nDataDirUnusableError: [^]*\n +at [^]*\nError: ENOTDIR/,
    );
  });

  it('reports two ports of this process that are the same, by their names', async () => {
    const { errors } = await failedWith({ PORT: '4002', IMPORT2_SIMULATOR_PORT: '4002' });
    expect(errors).toContain('\n  IMPORT2_SIMULATOR_PORT must differ from PORT, which is 4002 too\n');
  });

  it('takes no service link of Kubernetes for a port', async () => {
    const { errors } = await failedWith({ SPID_SIMULATOR_PORT: 'tcp://10.0.0.1:4001', PORT: 'high' });
    expect(errors).toBe(
      'Tollgate does not start; environment has 1 error(s):\n  PORT must be a whole number from 0 to 65535; it is "high"\n',
    );
  });

  it('does not listen on anything but loopback with demo keys', async () => {
    expect((await failedWith({ HOST: '0.0.0.0' })).errors).toContain('HOST must be 127.0.0.1');
  });

  it('reports every mistake of the environment together', async () => {
    const { errors } = await failedWith({
      PORT: 'high',
      LOG_LEVEL: 'loud',
      TOLLGATE_CONFGI: 'x',
      REDIS_URL: 'redis://:100%pure-canary@valkey',
      DATABASE_URL: 'postgres://u:can#ary@db/x',
    });
    for (const name of ['PORT', 'LOG_LEVEL', 'TOLLGATE_CONFGI', 'REDIS_URL', 'DATABASE_URL']) {
      expect(errors).toContain(`\n  ${name} `);
    }
    expect(errors).not.toMatch(/canary|can#ary| at /);
  });

  it('reports a settings file that is not there together with the missing database for all replicas', async () => {
    const { errors } = await failedWith({ TOLLGATE_CONFIG: 'nowhere.yaml' });
    expect(errors).toMatch(
      /^Tollgate does not start; environment has 2 error\(s\):\n {2}TOLLGATE_CONFIG names nowhere.yaml, which cannot be read: there is no such file \(ENOENT\)\n {2}DATABASE_URL is missing: .*SINGLE_PROCESS=true.*\n$/,
    );
  });

  it.each(Object.entries(LATE))('has one line for %s', async (_name, { env, line }) => {
    expectOneLine(await failedWith(env), line);
  });

  it('has one line for a Redis that refuses the login, and ends the process', async () => {
    expectOneLine(await starts.failLast(environmentOf(LAST.env)), LAST.line);
  });

  it('has a case here or in a spec beside it for each refusal of the code', () => {
    const source = fileURLToPath(new URL('../../src', import.meta.url));
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .filter((file) =>
        /new StartRefusedError|extends StartRefusedError/.test(readFileSync(join(source, file), 'utf8')),
      );
    expect(files.toSorted()).toEqual([
      'embedded/embedded.keys.ts',
      // test/simulators/kept.state.e2e-spec.ts
      'embedded/embedded.upstreams.ts',
      'listen.addresses.ts',
      'store/data-dir/data-dir.errors.ts',
      'store/database/database.errors.ts',
      'store/database/database.start.refusal.ts',
      'store/state/redis.server.link.ts',
    ]);
  });
});
