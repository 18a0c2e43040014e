import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { json } from 'node:stream/consumers';
import { Secret } from '../src/config/secrets/secret.js';
import type { Settings } from '../src/config/settings/settings.js';
import { WebhookSettings } from '../src/config/settings/webhook.settings.js';
import { FULL_ACCESS_KEY, READ_ONLY_KEY, startGateway, type TestGateway } from '../test/support/gateway.js';
import { QUICK_EVIDENCE } from '../test/support/quick.evidence.js';
import { SECRETS } from '../test/support/vendors/webhooks.js';
import { TomorrowProxy } from './tomorrow.proxy.js';

/** Of the key with few requests: fewer than the step sends, and a period that no machine outlasts within it. */
const FEW_REQUESTS = { requests: 2, perSeconds: 60 };

/** What a client reports of a step, by names that are the same in all languages. */
export type Facts = Readonly<Record<string, unknown>>;

export interface Step {
  readonly name: string;
  /** What happens before the step, unseen by the client. */
  readonly arrange?: (world: ScenarioWorld) => Promise<void> | void;
  readonly expected: Facts;
  /** Effects that the vendors have recorded during the step, by operation; none besides. */
  readonly effects?: Readonly<Record<string, number>>;
  /** Requests that the client sends during the step, by method; of other methods any number. */
  readonly sent?: Readonly<Record<string, number>>;
}

/** What a client must have done, and what it did. */
export interface StepResult {
  readonly name: string;
  /** undefined: as expected. */
  readonly failure: string | undefined;
}

/**
 * A gateway with simulators and the proxy before it, for the clients of one language. A client reports the begin and the
 * end of each step; what it has seen, and what the vendors have recorded, is checked here and so alike for all languages.
 */
export class ScenarioWorld {
  readonly results: StepResult[] = [];
  #before = new Map<string, number>();
  #requestsBefore = 0;
  readonly #control: Server = createServer((request, response) => {
    json(request)
      .then((body) => this.#report(request.url ?? '', body as Facts))
      .then(() => response.writeHead(204).end())
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  private constructor(
    readonly gateway: TestGateway,
    readonly proxy: TomorrowProxy,
    /** The API document that this gateway serves. */
    readonly document: unknown,
    private readonly steps: readonly Step[],
  ) {}

  static async start(steps: readonly Step[]): Promise<ScenarioWorld> {
    const gateway = await startGateway({
      settings: scenarioSettings,
      probeTimes: QUICK_EVIDENCE,
    });
    const { body } = await gateway.call('GET', '/openapi.json', { key: null });
    return new ScenarioWorld(gateway, new TomorrowProxy(gateway.url, body), body, steps);
  }

  /** Environment variables of the client under test. */
  async listen(): Promise<Record<string, string>> {
    this.#control.listen(0, '127.0.0.1');
    await once(this.#control, 'listening');
    return {
      TOLLGATE_URL: await this.proxy.listen(),
      // Past the proxy, which takes away what a connection has negotiated.
      TOLLGATE_DIRECT_URL: this.gateway.url,
      TOLLGATE_KEY: FULL_ACCESS_KEY,
      TOLLGATE_LIMITED_KEY: READ_ONLY_KEY,
      SCENARIO_URL: `http://127.0.0.1:${(this.#control.address() as AddressInfo).port}`,
    };
  }

  /** What went wrong, in the order of the steps; a step that was never reported is a failure. */
  failures(): string[] {
    const missing = this.steps.filter(({ name }) => !this.results.some((each) => each.name === name));
    const { added, replaced } = this.proxy.responses;
    return [
      ...this.results.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure}`])),
      ...missing.map(({ name }) => `${name}: was not run`),
      ...(added > 0 && replaced > 0 ? [] : ['the proxy has changed nothing']),
    ];
  }

  async close(): Promise<void> {
    this.#control.close();
    this.#control.closeAllConnections();
    this.proxy.close();
    await this.gateway.close();
  }

  /** `POST /begin` `{ step }`, `POST /end` `{ step, facts }`. */
  async #report(path: string, { step: name, facts }: Facts): Promise<void> {
    const step = this.steps.find((each) => each.name === name);
    if (!step) throw new Error(`no step ${String(name)}`);
    if (path === '/end') return this.#end(step, facts as Facts);
    this.#before = await this.#effects();
    this.#requestsBefore = this.proxy.requests.length;
    await step.arrange?.(this);
  }

  async #end({ name, expected, effects = {}, sent }: Step, facts: Facts): Promise<void> {
    this.proxy.newWords = false;
    this.proxy.nulls = false;
    this.proxy.troubles = [];
    await this.gateway.spid.clearFaults();
    const recorded = [...(await this.#effects())]
      .map(([operation, count]) => [operation, count - (this.#before.get(operation) ?? 0)] as const)
      .filter(([, count]) => count > 0);
    const wanted = { ...expected, effects, ...(sent && { sent }) };
    const seen = {
      ...facts,
      effects: Object.fromEntries(recorded),
      ...(sent && { sent: this.#sent(Object.keys(sent)) }),
    };
    const failure = `expected ${JSON.stringify(wanted)}, got ${JSON.stringify(seen)}`;
    this.results.push({ name, failure: isDeepStrictEqual(seen, wanted) ? undefined : failure });
  }

  /** Requests of the step, by method. */
  #sent(methods: readonly string[]): Facts {
    const requests = this.proxy.requests.slice(this.#requestsBefore);
    const count = (method: string) => requests.filter((each) => each.startsWith(`${method} `)).length;
    return Object.fromEntries(methods.map((method) => [method, count(method)]));
  }

  async #effects(): Promise<Map<string, number>> {
    const { spid, import2 } = this.gateway;
    const counts = new Map<string, number>();
    for (const { operation } of [...(await spid.effects()), ...(await import2.effects())]) {
      counts.set(operation, (counts.get(operation) ?? 0) + 1);
    }
    return counts;
  }
}

function scenarioSettings(demo: Settings): Settings {
  const webhook = { ...new WebhookSettings(), secret: new Secret(SECRETS.demo) };
  const tenants = [...demo.tenants].map(([name, { import2, ...tenant }]) => {
    return [name, { ...tenant, ...(import2 && { import2: { ...import2, webhook } }) }] as const;
  });
  const callers = demo.callers.map((caller) => {
    return caller.name === 'demo-read-only' ? { ...caller, limit: FEW_REQUESTS } : caller;
  });
  return { ...demo, tenants: new Map(tenants), callers };
}
