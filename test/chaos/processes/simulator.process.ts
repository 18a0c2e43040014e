import { join } from 'node:path';
import type { Effect } from '../../../src/simulators/simulator.js';
import { Child } from './child.js';
import { freePort } from '../../support/network/free.port.js';
import type { PlannedFault, Upstream } from '../plan/planned.write.js';
import { until } from '../../support/until.js';
import { forgetTraffic, trafficOf } from '../../support/vendors/vendor.traffic.js';
import type { ReceivedCall } from '../../../src/simulators/simulator.traffic.js';

export const SPID_CLIENT = { id: '4e8463569caf7ca019000007', secret: 'foobar' } as const;
export const IMPORT2_TOKEN = 'aafbdfde226327dafc73';

/** The request id of calls past the gateways. */
const OWN_CALL = 'past-the-gateways';

/** A planned call comes within this, or not at all: its gateway was killed before. */
const TAKEN_MS_MAX = 2_500;

/** The newest recorded effect of each simulator. */
export type Mark = Readonly<Record<Upstream, number>>;

/** A user as SPiD knows it. */
export interface User {
  readonly userId: string;
  readonly uuid: string;
}

/** When both clocks were moved, by the machine's clock, and by how much they have been off since. */
interface Move {
  readonly atMs: number;
  readonly offsetMs: number;
}

interface Standing {
  readonly waiting: readonly { readonly requestId?: string; readonly operation: string }[];
  readonly heldBack: number;
  readonly late: number;
}

const UPSTREAMS = ['spid', 'import2'] as const;

/** Both simulators in a process of their own, with direct access for preparation, faults and recorded effects. */
export class Simulators {
  #token: string | undefined;
  readonly #titles = new Map<unknown, unknown>();
  #moves: Move[] = [{ atMs: 0, offsetMs: 0 }];

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
    await until('the simulators respond', async () => {
      if (!child.isAlive) throw new Error(`the simulators do not start: see ${folder}/simulators.log`);
      const responses = Object.values(urls).map((url) => fetch(`${url}/__faults`));
      return Promise.all(responses).then(
        () => true,
        () => false,
      );
    });
    return new Simulators(urls, child);
  }

  stop(): Promise<void> {
    return this.child.end('SIGKILL');
  }

  /** For the next call of this operation that comes from a request whose id begins so. */
  async fault(
    upstream: Upstream,
    fault: PlannedFault & { readonly operation: string; readonly requestId: string },
  ): Promise<void> {
    await this.#call(`${this.urls[upstream]}/__faults`, { method: 'POST', json: { ...fault, times: 1 } });
  }

  /** For the next calls of any operation and any caller. */
  async trouble(upstream: Upstream, fault: PlannedFault, times: number, operation = '*'): Promise<void> {
    const json = { ...fault, operation, times };
    await this.#call(`${this.urls[upstream]}/__faults`, { method: 'POST', json });
  }

  /** Forgets the traffic so far. */
  async beginTraffic(): Promise<void> {
    await Promise.all(UPSTREAMS.map((upstream) => forgetTraffic(this.urls[upstream])));
  }

  /** What the gateways have sent since then. */
  async traffic(): Promise<Readonly<Record<Upstream, readonly ReceivedCall[]>>> {
    const [spid, import2] = await Promise.all(UPSTREAMS.map((upstream) => trafficOf(this.urls[upstream])));
    const sent = (calls: readonly ReceivedCall[] = []) =>
      calls.filter(({ requestId }) => requestId !== OWN_CALL);
    return { spid: sent(spid), import2: sent(import2) };
  }

  /** Waits until the call that the fault was for has come. */
  async taken(upstream: Upstream, operation: string, requestId: string): Promise<void> {
    await until(
      `${operation} of ${requestId} has come`,
      async () => {
        const { waiting } = await this.#standing(upstream);
        return !waiting.some((each) => each.operation === operation && each.requestId === requestId);
      },
      TAKEN_MS_MAX,
    );
  }

  /** No fault waits any more, and no call is held back that could still have an effect. */
  async heal(): Promise<void> {
    for (const url of Object.values(this.urls)) await this.#call(`${url}/__faults`, { method: 'DELETE' });
    await until('the simulators hold no call back', async () => {
      const all = await Promise.all(UPSTREAMS.map((upstream) => this.#standing(upstream)));
      return all.every(({ heldBack }) => heldBack === 0);
    });
  }

  /** Moves both clocks from one late call to the next until none is left; each is executed at its own time. */
  async executeLateCalls(): Promise<void> {
    for (let next = await this.#nextLate(); next !== undefined; next = await this.#nextLate()) {
      await this.advance(next);
    }
  }

  /** Moves both clocks on. */
  async advance(ms: number): Promise<void> {
    const offsetMs = (this.#moves.at(-1)?.offsetMs ?? 0) + ms;
    this.#moves.push({ atMs: Date.now(), offsetMs });
    await Promise.all(
      UPSTREAMS.map((each) =>
        this.#call(`${this.urls[each]}/__clock`, { method: 'PUT', json: { offsetMs } }),
      ),
    );
  }

  /** When an effect was committed by the machine's clock, milliseconds since 1970. */
  timeOf({ at }: Effect): number {
    const simulatedMs = Date.parse(at);
    for (let index = this.#moves.length - 1; index > 0; index -= 1) {
      const [move, before] = [this.#moves[index], this.#moves[index - 1]];
      if (!move || !before) break;
      if (simulatedMs >= move.atMs + move.offsetMs) return simulatedMs - move.offsetMs;
      if (simulatedMs > move.atMs + before.offsetMs) return move.atMs;
    }
    return simulatedMs;
  }

  /** Known by number and by UUID; has nothing. */
  newUser(): Promise<User> {
    return this.#call(`${this.urls.spid}/__users`, { method: 'POST', json: {} });
  }

  async spoilTokens(how: 'revoke' | 'expire'): Promise<void> {
    await this.#call(`${this.urls.spid}/__tokens/${how}`, { method: 'POST' });
    this.#token = undefined;
  }

  async mark(): Promise<Mark> {
    const [spid, import2] = await Promise.all([this.#effects('spid'), this.#effects('import2')]);
    return { spid: spid.length, import2: import2.length };
  }

  /** Whether a call of this request had its effect. */
  async hasEffect(upstream: Upstream, requestId: string): Promise<boolean> {
    return (await this.#effects(upstream)).some((effect) => effect.requestId === requestId);
  }

  /** The effects recorded since then. A new group's effect carries its title besides. */
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
      headers: { authorization: `Bearer ${this.#token}`, 'x-request-id': OWN_CALL },
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
          'x-request-id': OWN_CALL,
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
      headers: { 'x-request-id': OWN_CALL },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: SPID_CLIENT.id,
        client_secret: SPID_CLIENT.secret,
      }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  /** Milliseconds until the first late call is due. */
  async #nextLate(): Promise<number | undefined> {
    const due = await Promise.all(
      UPSTREAMS.map(async (upstream) => {
        const { now, next } = await this.#call<{ now: string; next: string | null }>(
          `${this.urls[upstream]}/__clock`,
        );
        return next === null ? Infinity : Math.max(Date.parse(next) - Date.parse(now), 0);
      }),
    );
    const first = Math.min(...due);
    return first === Infinity ? undefined : first;
  }

  #standing(upstream: Upstream): Promise<Standing> {
    return this.#call(`${this.urls[upstream]}/__faults`);
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
