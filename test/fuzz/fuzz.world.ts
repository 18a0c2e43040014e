import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { SCOPES } from '../../src/config/scopes.js';
import type { Canary, Output } from '../canary/needles.js';
import { Child } from '../chaos/processes/child.js';
import { freePort } from '../support/network/free.port.js';
import { Simulators, SPID_CLIENT } from '../chaos/processes/simulator.process.js';
import { until } from '../support/until.js';
import type { Keys } from './schema.requests.js';

const COLLECT_HOOK = new URL('./collect.hook.mjs', import.meta.url).href;
const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

/** A limit that the run never meets, and timeouts far below its deadline. */
const LIMIT = { requests: 1_000_000, perSeconds: 1 };
const TIMEOUTS = { attemptMs: 2_000, totalMs: 2_000 };

/** A new embedded database, on a machine with a load of 20. */
const START_MS_MAX = 180_000;

/** How much memory a gateway holds; bytes. */
export interface Memory {
  readonly heap: number;
  readonly resident: number;
}

/** A gateway as a process of its own, on an embedded database and simulators in another process. */
export class FuzzWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'tollgate-fuzz-'));
  readonly keys: Keys = { full: newKey(), reader: newKey() };
  readonly #secrets = newSecrets();
  #simulators: Simulators | undefined;
  #gateway: Child | undefined;
  url = '';

  static async start(): Promise<FuzzWorld> {
    const world = new FuzzWorld();
    try {
      await world.#start();
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  get isAlive(): boolean {
    return this.#gateway?.isAlive ?? false;
  }

  /** Everything that must not come out of the gateway. */
  get canaries(): readonly Canary[] {
    return Object.entries({ ...this.#secrets, ...this.keys }).map(([name, text]) => ({ name, text }));
  }

  /** What the gateway has written. */
  get log(): Output {
    return { name: 'log', bytes: readFileSync(join(this.folder, 'gateway.log')) };
  }

  /** Of the gateway, from its metrics after a garbage collection. */
  async memory(): Promise<Memory> {
    this.#gateway?.signal('SIGUSR2');
    const headers = { authorization: `Bearer ${this.keys.full}` };
    const text = await (await fetch(`${this.url}/metrics`, { headers })).text();
    const valueOf = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    return {
      heap: valueOf('nodejs_heap_size_used_bytes'),
      resident: valueOf('process_resident_memory_bytes'),
    };
  }

  async stop(): Promise<void> {
    await this.#gateway?.end('SIGKILL');
    await this.#simulators?.stop();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    this.#simulators = await Simulators.start(join(DIST, 'simulators', 'main.js'), this.folder);
    const { urls } = this.#simulators;
    await control(`${urls.spid}/__clients`, {
      clientId: SPID_CLIENT.id,
      clientSecrets: [this.#secrets.spid],
    });
    await control(`${urls.import2}/__token`, { tokens: [this.#secrets.import2] });
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const flags = ['--expose-gc', '--import', COLLECT_HOOK];
    this.#gateway = new Child(process.execPath, [...flags, join(DIST, 'main.js')], {
      env: {
        PATH: process.env['PATH'],
        TOLLGATE_CONFIG: this.#writeSettings(urls),
        SINGLE_PROCESS: 'true',
        DATA_DIR: join(this.folder, 'data'),
        HOST: '127.0.0.1',
        PORT: String(port),
        DRAIN_DELAY_MS: '0',
        LOG_LEVEL: 'debug',
      },
      log: join(this.folder, 'gateway.log'),
    });
    const isReady = async (): Promise<boolean> => {
      if (!this.isAlive) throw new Error(`the gateway does not start: see ${this.folder}/gateway.log`);
      return fetch(`${this.url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    };
    await until('the gateway is ready', isReady, START_MS_MAX);
  }

  #writeSettings(urls: Simulators['urls']): string {
    const secret = (name: keyof Secrets) => {
      writeFileSync(join(this.folder, name), this.#secrets[name], { mode: 0o600 });
      return { file: name };
    };
    const spid = {
      baseUrl: urls.spid,
      clientId: SPID_CLIENT.id,
      clientSecret: secret('spid'),
      signatureSecret: secret('signature'),
      signedAnswers: 'accepted',
      timeZone: 'Europe/Oslo',
      timeouts: TIMEOUTS,
    };
    const import2 = {
      baseUrl: `${urls.import2}/api/v2.1`,
      apiToken: secret('import2'),
      timeouts: TIMEOUTS,
      webhook: { secret: secret('webhook') },
    };
    const caller = (name: string, key: string, scopes: readonly string[]) => ({
      name,
      tenants: ['fuzz'],
      scopes,
      keys: [{ sha256: createHash('sha256').update(key).digest('hex') }],
      limit: LIMIT,
    });
    const reads = SCOPES.filter((scope) => scope.endsWith(':read'));
    const settings = {
      tenants: [{ name: 'fuzz', spid, import2 }],
      callers: [caller('full', this.keys.full, SCOPES), caller('reader', this.keys.reader, reads)],
      ledger: {
        answerKeys: [{ id: 'fuzz', key: secret('answerKey') }],
        fingerprintKey: secret('fingerprintKey'),
      },
    };
    const path = join(this.folder, 'tollgate.yaml');
    writeFileSync(path, stringify(settings));
    return path;
  }
}

type Secrets = ReturnType<typeof newSecrets>;

function newSecrets() {
  return {
    spid: newSecret(),
    signature: newSecret(),
    import2: newSecret(),
    webhook: newSecret(),
    answerKey: randomBytes(32).toString('base64'),
    fingerprintKey: randomBytes(32).toString('base64'),
  };
}

async function control(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
}

function newKey(): string {
  return `tg_${randomBytes(24).toString('base64url')}`;
}

function newSecret(): string {
  return randomBytes(18).toString('base64');
}
