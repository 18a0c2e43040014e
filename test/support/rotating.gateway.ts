import { readSettingsFile } from '../../src/config/settings/file/settings.file.js';
import { SCOPES } from '../../src/config/scopes.js';
import { startGateway, type TestGateway } from './gateway.js';
import { SettingsFolder, sha256Of } from './settings.folder.js';
import type { HeldVendor } from './vendors/held.vendor.js';

const CLIENT_ID = '4e8463569caf7ca019000007';

/** The content of the settings file; change it and `write`. */
export interface RotatingSettings {
  keys: readonly string[];
  scopes: readonly string[];
  limit: { requests: number; perSeconds: number };
  /** As in the file; undefined leaves it out. */
  ledger: object | undefined;
  /** Of Import2, as in the file. */
  webhook?: object;
  /** Names of further tenants, otherwise the same as `demo`. */
  others?: readonly string[];
}

const LEDGER_KEY = { file: 'ledger-key' };

/** A gateway that runs on a settings file, with secrets in a mounted folder and in a file of its own. */
export class RotatingGateway {
  readonly folder = new SettingsFolder();
  readonly lines: string[] = [];
  readonly settings: RotatingSettings = {
    keys: ['tg_first'],
    scopes: SCOPES,
    limit: { requests: 100_000, perSeconds: 1 },
    ledger: { answerKeys: [{ id: 'one', key: LEDGER_KEY }], fingerprintKey: LEDGER_KEY },
  };
  gateway!: TestGateway;
  #urls = { spidUrl: '', import2Url: '' };

  /** `vendor`: between the gateway and the simulator of SPiD. */
  static async start(changes: Partial<RotatingSettings> = {}, vendor?: HeldVendor): Promise<RotatingGateway> {
    const rotating = new RotatingGateway();
    Object.assign(rotating.settings, changes);
    rotating.folder.mount('spid', { 'client-secret': 'foobar' });
    rotating.folder.replace('import2-token', 'aafbdfde226327dafc73\n');
    const key = Buffer.alloc(32, 7).toString('base64');
    rotating.folder.replace('ledger-key', key);
    rotating.gateway = await startGateway({
      env: { TOLLGATE_CONFIG: rotating.folder.file, SINGLE_PROCESS: 'true' },
      log: { write: (line) => void rotating.lines.push(line) },
      settings: (demo) => {
        const { tenants } = vendor ? vendor.inFrontOf('spid')(demo) : demo;
        const { spid, import2 } = tenants.get('demo') ?? {};
        rotating.#urls = { spidUrl: spid?.baseUrl ?? '', import2Url: import2?.baseUrl ?? '' };
        rotating.write();
        return readSettingsFile(rotating.folder.file, { env: {} }).settings;
      },
    });
    return rotating;
  }

  /** The file as it follows from `settings`. */
  write(): void {
    const { keys, scopes, limit, ledger, webhook, others = [] } = this.settings;
    const tenant = {
      name: 'demo',
      spid: {
        baseUrl: this.#urls.spidUrl,
        clientId: CLIENT_ID,
        clientSecret: { file: 'spid/client-secret' },
        timeZone: 'Europe/Oslo',
      },
      import2: {
        baseUrl: this.#urls.import2Url,
        apiToken: { file: 'import2-token' },
        ...(webhook && { webhook }),
      },
    };
    const caller = { name: 'shop', tenants: ['demo'], scopes, limit };
    this.folder.settings({
      tenants: [tenant, ...others.map((name) => ({ ...tenant, name }))],
      callers: [{ ...caller, keys: keys.map((each) => ({ sha256: sha256Of(each) })) }],
      ...(ledger && { ledger }),
    });
  }

  /** What the vendors accept from now on. */
  async accept(secrets: readonly string[], tokens: readonly string[]): Promise<void> {
    await this.gateway.spid.control('PUT', '/__clients', { clientId: CLIENT_ID, clientSecrets: secrets });
    await this.gateway.import2.control('PUT', '/__token', { tokens });
  }

  /** In how many lines of the log this text is. */
  timesLogged(text: string): number {
    return this.lines.filter((line) => line.includes(text)).length;
  }

  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async close(): Promise<void> {
    await this.gateway.close();
    this.folder.remove();
  }
}
