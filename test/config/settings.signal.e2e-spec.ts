import { rm } from 'node:fs/promises';
import { newDataDir } from '../support/database/database.template.js';
import { freePort } from '../support/network/free.port.js';
import { GatewayProcess } from '../support/gateway.process.js';
import { SettingsFolder, sha256Of } from '../support/settings.folder.js';

describe('a gateway on a settings file, as a process', () => {
  let folder: SettingsFolder;
  let dataDir: string;
  let gateway: GatewayProcess;

  beforeEach(async () => {
    dataDir = await newDataDir();
    folder = new SettingsFolder();
    folder.replace('client-secret', 'canary');
  });

  afterEach(async () => {
    await gateway.kill();
    folder.remove();
    await rm(dataDir, { recursive: true });
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

  it('reads the settings again on SIGHUP and goes on', async () => {
    folder.settings(settings('tg_one'));
    const port = await freePort();
    const health = (path: string, key: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${key}` } }).then(
        ({ status }) => status,
        () => 0,
      );
    gateway = new GatewayProcess({
      TOLLGATE_CONFIG: folder.file,
      SINGLE_PROCESS: 'true',
      DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      PORT: String(port),
    });
    const until = (holds: () => Promise<boolean>) =>
      gateway.until(async () => ((await holds()) ? true : undefined));
    await until(async () => (await health('/health/ready', 'tg_one')) === 200);
    folder.settings(settings('tg_two'));
    gateway.signal('SIGHUP');
    await until(async () => (await health('/health/upstreams', 'tg_two')) === 200);
    await gateway.until(() => gateway.log.includes('reading the settings again, as requested') || undefined);
    expect(await health('/health/upstreams', 'tg_one')).toBe(401);
    expect(gateway.log + gateway.errors).not.toContain('canary');
  });
});
