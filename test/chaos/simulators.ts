import { join } from 'node:path';
import type { Effect } from '../../src/simulators/simulator.js';
import { Child } from './child.js';
import { freePort } from './free.port.js';
import type { PlannedFault, Upstream } from './planned.write.js';
import { until } from './until.js';

export const SPID_CLIENT = { id: '4e8463569caf7ca019000007', secret: 'foobar' } as const;
export const IMPORT2_TOKEN = 'aafbdfde226327dafc73';

/** How far the truth of each simulator had come. */
export type Mark = Readonly<Record<Upstream, number>>;

/** Both simulators in a process of their own, with a way past the gateways: for preparation, trouble and the truth. */
export class Simulators {
  #token: string | undefined;
  readonly #titles = new Map<unknown, unknown>();

  private constructor(
    readonly urls: Readonly<Record<Upstream, string>>,
    private readonly child: Child,
  ) {}

  static async start(script: string, folder: string): Promise<Simulators> {
    const [spid, import2] = [await freePort(), await freePort()];
    const child = new Child(process.execPath, [script], {
      env: { ...process.env, SPID_SIMULATOR_PORT: String(spid), IMPORT2_SIMULATOR_PORT: String(import2) },
      log: join(folder, 'simulators.log'),
    });
    const urls = { spid: `http://127.0.0.1:${spid}`, import2: `http://127.0.0.1:${import2}` };
    await until('the simulators answer', async () => {
      if (!child.isAlive) throw new Error(`the simulators do not start: see ${folder}/simulators.log`);
      const answers = Object.values(urls).map((url) => fetch(`${url}/__faults`));
      return Promise.all(answers).then(
        () => true,
        () => false,
      );
    });
    return new Simulators(urls, child);
  }

  stop(): Promise<void> {
    return this.child.end('SIGKILL');
  }

  async fault(upstream: Upstream, operation: string, { kind, ms }: PlannedFault): Promise<void> {
    const fault = { operation, kind, times: 1, ...(ms === undefined ? {} : { ms }) };
    await this.#call(`${this.urls[upstream]}/__faults`, { method: 'POST', json: fault });
  }

  /** No fault waits any more, and no call is held back that could still have an effect. */
  async heal(): Promise<void> {
    for (const url of Object.values(this.urls)) await this.#call(`${url}/__faults`, { method: 'DELETE' });
    await until('the simulators hold no call back', async () => {
      const all = Object.values(this.urls).map((url) => this.#call<{ heldBack: number }>(`${url}/__faults`));
      return (await Promise.all(all)).every(({ heldBack }) => heldBack === 0);
    });
  }

  async spoilTokens(how: 'revoke' | 'expire'): Promise<void> {
    await this.#call(`${this.urls.spid}/__tokens/${how}`, { method: 'POST' });
    this.#token = undefined;
  }

  async mark(): Promise<Mark> {
    const [spid, import2] = await Promise.all([this.#effects('spid'), this.#effects('import2')]);
    return { spid: spid.length, import2: import2.length };
  }

  /** The truth since then. A new group's effect carries its title besides. */
  async effectsSince(mark: Mark): Promise<Effect[]> {
    const [spid, import2] = await Promise.all([this.#effects('spid'), this.#effects('import2')]);
    const effects = [...spid.slice(mark.spid), ...import2.slice(mark.import2)];
    return Promise.all(
      effects.map(async (effect) =>
        effect.operation === 'voucher_group_create'
          ? { ...effect, title: await this.#titleOf(effect['voucherGroupId']) }
          : effect,
      ),
    );
  }

  /** A call of SPiD's API; undefined when it is refused. */
  async spid(
    method: string,
    path: string,
    form: Readonly<Record<string, string>> = {},
  ): Promise<Record<string, unknown> | undefined> {
    this.#token ??= await this.#newToken();
    const response = await fetch(`${this.urls.spid}/api/2${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}` },
      ...(method === 'POST' ? { body: new URLSearchParams(form) } : {}),
    });
    const { data } = (await response.json()) as { data: Record<string, unknown> };
    return response.ok ? data : undefined;
  }

  /** A new migration's id. Import2 takes ten calls a second. */
  async newMigration(destinationUsername: string): Promise<string> {
    let id: string | undefined;
    await until('Import2 takes a migration', async () => {
      const response = await fetch(`${this.urls.import2}/api/v2.1/imports`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${IMPORT2_TOKEN}:X`).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ source_tool: 'wordpress', destination_username: destinationUsername }),
      });
      if (response.ok) ({ id } = (await response.json()) as { id: string });
      return response.ok;
    });
    return id ?? '';
  }

  async #titleOf(groupId: unknown): Promise<unknown> {
    if (!this.#titles.has(groupId)) {
      const group = await this.spid('GET', `/vouchers/group/${String(groupId)}`);
      this.#titles.set(groupId, group?.['title']);
    }
    return this.#titles.get(groupId);
  }

  async #newToken(): Promise<string> {
    const response = await fetch(`${this.urls.spid}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: SPID_CLIENT.id,
        client_secret: SPID_CLIENT.secret,
      }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  async #effects(upstream: Upstream): Promise<Effect[]> {
    const { effects } = await this.#call<{ effects: Effect[] }>(`${this.urls[upstream]}/__ledger`);
    return effects;
  }

  async #call<T>(
    url: string,
    { method = 'GET', json }: { method?: string; json?: unknown } = {},
  ): Promise<T> {
    const body = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) };
    const response = await fetch(url, { method, ...(json === undefined ? {} : body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
