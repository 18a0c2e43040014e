import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SCOPES } from '../../src/config/scopes.js';
import { Child } from './child.js';
import { freePort } from './free.port.js';
import { IMPORT2_TOKEN, SPID_CLIENT, type Simulators } from './simulators.js';
import { until } from './until.js';

export const CALLERS = ['shop', 'desk'] as const;

/** How many serve at a time. */
export const GATEWAYS = 2;

/** A call may be tried for so long; faults hold calls back for shorter and for longer. */
const TIMEOUTS = { attemptMs: 500, totalMs: 800 };

/** As short as may be: every kill costs the schedule a lease. */
const LEASE_MS = 1_500;

export function apiKeyOf(caller: string): string {
  return `tg_chaos_${caller}`;
}

class Gateway {
  constructor(
    readonly url: string,
    readonly child: Child,
  ) {}

  async isReady(): Promise<boolean> {
    return fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}

/**
 * Gateways on one database. One more than serve is always up, so that a killed one is replaced at once: to start one
 * takes longer than a schedule lasts.
 */
export class GatewayFleet {
  #serving: Gateway[] = [];
  #spare: Promise<Gateway>;
  #replacing = new Set<Promise<void>>();
  #started = 0;

  private constructor(
    private readonly script: string,
    private readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    this.#spare = this.#start();
  }

  static async start(
    script: string,
    folder: string,
    upstreams: { readonly databaseUrl: string; readonly simulators: Simulators },
  ): Promise<GatewayFleet> {
    const settings = writeSettings(folder, upstreams.simulators);
    const fleet = new GatewayFleet(script, folder, {
      PATH: process.env['PATH'],
      TOLLGATE_CONFIG: settings,
      DATABASE_URL: upstreams.databaseUrl,
      HOST: '127.0.0.1',
      DRAIN_DELAY_MS: '0',
      LOG_LEVEL: 'warn',
      NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
    });
    for (let slot = 0; slot < GATEWAYS; slot += 1) fleet.#serving.push(await fleet.#start());
    await fleet.ready();
    return fleet;
  }

  urlOf(slot: number): string {
    return this.#serving[slot]?.url ?? '';
  }

  /** Ends a gateway and lets the spare one take its place. */
  end(slot: number, signal: 'SIGKILL' | 'SIGTERM'): void {
    this.#serving[slot]?.child.signal(signal);
    const replacing = this.#replace(slot).finally(() => this.#replacing.delete(replacing));
    this.#replacing.add(replacing);
  }

  /** As a machine that hangs: it goes on later with whatever it was doing. */
  freeze(slot: number): () => void {
    const gateway = this.#serving[slot];
    gateway?.child.signal('SIGSTOP');
    return () => gateway?.child.signal('SIGCONT');
  }

  /** All are up and have their database. */
  async ready(): Promise<void> {
    await Promise.all(this.#replacing);
    for (const gateway of [...this.#serving, await this.#spare]) {
      await until(`${gateway.url} is ready`, () => gateway.isReady());
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#replacing);
    const all = [...this.#serving, await this.#spare];
    await Promise.all(all.map(({ child }) => child.end('SIGKILL')));
  }

  async #replace(slot: number): Promise<void> {
    const spare = this.#spare;
    this.#spare = spare.then(() => this.#start());
    this.#serving[slot] = await spare;
  }

  async #start(): Promise<Gateway> {
    const port = await freePort();
    this.#started += 1;
    const log = join(this.folder, `gateway-${this.#started}.log`);
    const child = new Child(process.execPath, [this.script], {
      env: { ...this.env, PORT: String(port) },
      log,
    });
    const url = `http://127.0.0.1:${port}`;
    await until('a gateway listens', async () => {
      if (!child.isAlive) throw new Error(`a gateway does not start: see ${log}`);
      return fetch(`${url}/health/live`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
    return new Gateway(url, child);
  }
}

function writeSettings(folder: string, { urls }: Simulators): string {
  const secret = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return { file: name };
  };
  const key = () => randomBytes(32).toString('base64');
  const settings = {
    tenants: [
      {
        name: 'chaos',
        spid: {
          baseUrl: urls.spid,
          clientId: SPID_CLIENT.id,
          clientSecret: secret('spid-secret', SPID_CLIENT.secret),
          timeZone: 'Europe/Oslo',
          timeouts: TIMEOUTS,
        },
        import2: {
          baseUrl: `${urls.import2}/api/v2.1`,
          apiToken: secret('import2-token', IMPORT2_TOKEN),
          timeouts: TIMEOUTS,
        },
      },
    ],
    callers: CALLERS.map((name) => ({
      name,
      tenants: ['chaos'],
      scopes: [...SCOPES],
      keys: [{ sha256: createHash('sha256').update(apiKeyOf(name)).digest('hex') }],
      limit: { requests: 100_000, perSeconds: 1 },
    })),
    ledger: {
      answerKeys: [{ id: 'chaos', key: secret('answer-key', key()) }],
      fingerprintKey: secret('fingerprint-key', key()),
      leaseMs: LEASE_MS,
    },
  };
  const path = join(folder, 'tollgate.yaml');
  writeFileSync(path, stringify(settings));
  return path;
}
