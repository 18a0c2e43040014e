import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free.port.js';
import { SettingsFolder, sha256Of } from '../support/settings.folder.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

describe('a gateway on a settings file, as a process', () => {
  let folder: SettingsFolder;
  let child: ChildProcess;
  let log: string;

  beforeEach(() => {
    folder = new SettingsFolder();
    folder.replace('client-secret', 'canary');
    log = '';
  });

  afterEach(() => {
    child.kill('SIGKILL');
    folder.remove();
  });

  const settings = (key: string): object => ({
    tenants: [
      {
        name: 'demo',
        spid: {
          baseUrl: 'http://127.0.0.1:1',
          clientId: '42',
          clientSecret: { file: 'client-secret' },
          timeZone: 'Europe/Oslo',
        },
      },
    ],
    callers: [{ name: 'shop', tenants: ['demo'], scopes: ['ops:read'], keys: [{ sha256: sha256Of(key) }] }],
  });

  const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await holds())) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ended: ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('reads the settings again on SIGHUP and goes on', async () => {
    folder.settings(settings('tg_one'));
    const port = await freePort();
    const health = (path: string, key: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${key}` } }).then(
        ({ status }) => status,
        () => 0,
      );
    child = spawn(process.execPath, [MAIN], {
      env: {
        PATH: process.env['PATH'],
        TOLLGATE_CONFIG: folder.file,
        SINGLE_PROCESS: 'true',
        DATA_DIR: join(folder.path, 'data'),
        HOST: '127.0.0.1',
        PORT: String(port),
      },
    });
    child.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    await until(async () => (await health('/health/ready', 'tg_one')) === 200);
    folder.settings(settings('tg_two'));
    child.kill('SIGHUP');
    await until(async () => (await health('/health/upstreams', 'tg_two')) === 200);
    await until(() => log.includes('reading the settings again, as asked'));
    expect(await health('/health/upstreams', 'tg_one')).toBe(401);
    expect(log).not.toContain('canary');
    // A process with a new data folder, on a machine with a load of 20.
  }, 120_000);
});
