import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/cli/tollgate.cli.js';
import { SCOPES } from '../../src/config/scopes.js';
import { startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import type { RunningSimulator } from '../../src/simulators/simulator.js';
import { startSpidSimulator } from '../../src/simulators/spid/spid.simulator.js';
import { newDataDir } from '../support/database/database.template.js';
import { freePort } from '../support/network/free.port.js';
import { SettingsFolder, sha256Of } from '../support/settings.folder.js';
import { SimulatorControl } from '../support/vendors/simulator.control.js';
import { Canaries } from './canaries.js';
import { CanaryProcess } from './canary.process.js';
import { type Hostility, HostileUpstream } from './hostile.upstream.js';
import type { Output } from './needles.js';

const CLIENT_ID = '4e8463569caf7ca019000007';

/** Long enough for a busy machine, short enough to wait for a vendor that never responds. */
const TIMEOUTS = { attemptMs: 1_000, totalMs: 1_500 };

export interface CanaryCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** With an `Idempotency-Key` of its own. */
  readonly keyed?: boolean;
  /** `null`: none. By default the right one. */
  readonly apiKey?: string | null;
}

export interface CanaryResponse {
  readonly status: number;
  // Tests read responses of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly text: string;
}

export interface Stores {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** One gateway whose every secret is a canary, behind hostile upstreams, and all that came out of it. */
export class CanaryWorld {
  readonly canaries = new Canaries();
  readonly folder = new SettingsFolder();
  readonly #responses: Output[] = [];
  readonly #processes: CanaryProcess[] = [];
  #simulators: RunningSimulator[] = [];
  #spid!: HostileUpstream;
  #import2!: HostileUpstream;
  #calls = 0;
  #storeFiles: NodeJS.ProcessEnv = {};
  gateway!: CanaryProcess;
  url = '';

  private constructor(readonly dataDir: string) {}

  /** `stores` may use the passwords of the canaries; without any, the database is embedded. */
  static async start(
    storesOf: (canaries: Canaries) => Stores | undefined = () => undefined,
  ): Promise<CanaryWorld> {
    const world = new CanaryWorld(await newDataDir());
    try {
      const { canaries } = world;
      const spid = await startSpidSimulator({ port: 0 });
      const import2 = await startImport2Simulator({ port: 0, requestsPerSecond: Infinity });
      world.#simulators = [spid, import2];
      world.#spid = await HostileUpstream.before(spid.url);
      world.#import2 = await HostileUpstream.before(import2.url);
      world.#spid.onResponse = (path, text) => world.#learnFromSpid(path, text);
      world.#import2.onResponse = (path, text) => world.#learnFromImport2(path, text);
      await world.letIn(true);
      world.#writeSettings(storesOf(canaries));
      await world.startGateway();
      return world;
    } catch (error) {
      // A server left open would keep the test run from ending.
      await world.close();
      throw error;
    }
  }

  get hostileResponses(): number {
    return this.#spid.hostileResponses + this.#import2.hostileResponses;
  }

  /** From now on both upstreams respond so: where tokens are fetched, or everywhere else. */
  hostility(kind: Hostility | undefined, place: 'tokens' | 'calls' = 'calls'): void {
    const at = (path: string) => path.startsWith('/oauth/token') === (place === 'tokens');
    this.#spid.hostility = kind && { kind, at };
    this.#import2.hostility = kind && { kind, at };
  }

  /** Changes the responses of SPiD on their way. */
  changeSpid(change: (path: string, text: string) => string): void {
    this.#spid.change = change;
  }

  /** The vendors let in the gateway's credentials, or none; tokens given before are worth nothing any more. */
  async letIn(welcome: boolean): Promise<void> {
    const [spid, import2] = this.#simulators.map((each) => new SimulatorControl(each));
    const { spidClientSecret, import2ApiToken } = this.canaries;
    const clientSecrets = [welcome ? spidClientSecret : 'another'];
    await spid?.control('PUT', '/__clients', { clientId: CLIENT_ID, clientSecrets });
    await spid?.control('POST', '/__tokens/revoke');
    await import2?.control('PUT', '/__token', { tokens: [welcome ? import2ApiToken : 'another'] });
  }

  async startGateway(): Promise<void> {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.gateway = this.spawn(`gateway ${this.#processes.length + 1}`, 'main.js', { PORT: String(port) });
    const isUp = () =>
      fetch(`${this.url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isUp())) {
      if (!this.gateway.isAlive) throw new Error(`the gateway does not start: ${this.gateway.output()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** A process with this world's settings, whose words are searched like all others'. */
  spawn(name: string, script: string, env: NodeJS.ProcessEnv = {}, args: string[] = []): CanaryProcess {
    const files = this.folder.path;
    const started = new CanaryProcess(name, script, {
      args,
      env: {
        TOLLGATE_CONFIG: this.folder.file,
        SINGLE_PROCESS: 'true',
        DATA_DIR: this.dataDir,
        HOST: '127.0.0.1',
        DRAIN_DELAY_MS: '0',
        LOG_LEVEL: 'trace',
        CANARY_CRASH_FILE: join(files, 'spid-secret'),
        ...this.#storeFiles,
        ...env,
      },
    });
    this.#processes.push(started);
    return started;
  }

  /** A command of the command line, as the caller with every scope; resolves with its exit code. */
  async tollgate(args: string[], place: 'here' | 'process' = 'here'): Promise<number | null> {
    const keyFile = join(this.folder.path, 'api-key');
    this.folder.replace('api-key', this.canaries.apiKey);
    const all = [...args, '--url', this.url, '--key-file', keyFile];
    const name = `tollgate ${args.join(' ')}`;
    if (place === 'process') return this.spawn(name, 'cli/main.js', {}, all).ended();
    let text = '';
    const write = (part: string) => (text += part);
    const code = await run(all, { env: {}, out: write, err: write });
    this.#responses.push({ name: `${name} stdout`, bytes: Buffer.from(text) });
    return code;
  }

  /** Every byte of the response is kept under the name of the operation. */
  async call(operation: string, call: CanaryCall): Promise<CanaryResponse> {
    const { method, path, headers = {}, body, keyed = false, apiKey = this.canaries.apiKey } = call;
    this.#calls += 1;
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
        ...(keyed ? { 'idempotency-key': `canary-${this.#calls}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    const bytes = Buffer.from(`${response.status} ${response.statusText}\n${head}\n\n${text}`);
    this.#responses.push({ name: `${operation} ${method} ${path}`, bytes });
    const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
    return { status: response.status, text, body: isJson ? JSON.parse(text) : undefined };
  }

  /** Everything that left so far: responses, output of the processes, files. */
  async outputs(): Promise<readonly Output[]> {
    const outputs = this.#processes.flatMap((each) => each.outputs());
    return [...this.#responses, ...outputs, ...(await filesIn(this.dataDir))];
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.end('SIGKILL')));
    await Promise.all([
      this.#spid?.close(),
      this.#import2?.close(),
      ...this.#simulators.map((each) => each.close()),
    ]);
    this.folder.remove();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  #learnFromSpid(path: string, text: string): void {
    if (path.startsWith('/oauth/token')) {
      const { access_token: access, refresh_token: refresh } = parsed(text);
      if (typeof access === 'string') this.canaries.add('SPiD token', access);
      if (typeof refresh === 'string') this.canaries.add('SPiD refresh token', refresh);
    }
    for (const [, code] of text.matchAll(/"voucherCode":"([^"]+)"/g)) {
      if (code) this.canaries.add('voucher code', code, ['drawVoucherCodes ', 'getVoucher ']);
    }
  }

  #learnFromImport2(path: string, text: string): void {
    const { token } = path.endsWith('/imports') ? parsed(text) : {};
    // Part of the address that the customer is sent to, which is returned to the caller that started the migration.
    if (typeof token === 'string') this.canaries.add('migration token', token, ['createMigration ']);
  }

  #writeSettings(stores: Stores | undefined): void {
    const { folder, canaries } = this;
    const secret = (name: string, text: string) => {
      folder.replace(name, `${text}\n`);
      return { file: name };
    };
    if (stores) {
      folder.replace('database-url', stores.databaseUrl);
      folder.replace('redis-url', stores.redisUrl);
      const file = (name: string) => join(folder.path, name);
      this.#storeFiles = { DATABASE_URL_FILE: file('database-url'), REDIS_URL_FILE: file('redis-url') };
    }
    const limit = { requests: 100_000, perSeconds: 1 };
    folder.settings({
      tenants: [
        {
          name: 'canary',
          spid: {
            baseUrl: this.#spid.url,
            clientId: CLIENT_ID,
            clientSecret: secret('spid-secret', canaries.spidClientSecret),
            signatureSecret: secret('spid-signature', canaries.spidSignatureSecret),
            signedAnswers: 'accepted',
            timeZone: 'Europe/Oslo',
            timeouts: TIMEOUTS,
          },
          import2: {
            baseUrl: `${this.#import2.url}/api/v2.1`,
            apiToken: secret('import2-token', canaries.import2ApiToken),
            timeouts: TIMEOUTS,
            budget: { requests: 1_000, perSeconds: 1 },
            webhook: { secret: secret('webhook-secret', canaries.webhookSecret) },
          },
        },
      ],
      callers: [
        {
          name: 'shop',
          tenants: ['canary'],
          scopes: SCOPES,
          keys: [{ sha256: sha256Of(canaries.apiKey) }],
          limit,
        },
      ],
      ledger: {
        answerKeys: [{ id: 'one', key: secret('answer-key', canaries.answerKey.toString('base64')) }],
        fingerprintKey: secret('fingerprint-key', canaries.fingerprintKey.toString('hex')),
      },
    });
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

async function filesIn(folder: string): Promise<readonly Output[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.map(async (file) => ({
    name: `file ${file.slice(folder.length)}`,
    bytes: await readFile(file).catch(() => Buffer.alloc(0)),
  }));
  return Promise.all(read);
}
