import type { Effect } from '../../src/simulators/simulator.js';
import { type SpidSimulatorOptions, startSpidSimulator } from '../../src/simulators/spid/spid.simulator.js';

/** The body of every call without an endpoint. */
export const NO_SUCH_ENDPOINT = {
  name: 'SPP Container',
  version: '0.2',
  api: 2,
  object: 'Utility',
  type: 'error',
  code: 404,
  request: { reset: 3_600, limit: 0, remaining: 0 },
  debug: {
    route: { name: 'Fallback - 404', url: '/api/*', controller: 'Api/2/Utility.notFound' },
    params: { options: [], where: [] },
  },
  meta: null,
  error: { code: 404, type: 'ApiException', description: 'No such endpoint.' },
  data: null,
};

export const plain = { id: '4e8463569caf7ca019000007', secret: 'foobar' };
export const signed = { id: '52f4cce0efd04b9d68000007', secret: 'barfoo' };
export const signatureSecret = 'a274de';

export interface Container {
  readonly object: string;
  readonly type: string;
  readonly code: number;
  readonly request: { readonly reset: number; readonly limit: number; readonly remaining: number };
  readonly debug: { readonly route: object; readonly params: object };
  readonly meta: unknown;
  readonly error: { readonly code: number; readonly description: string };
  /** The parsed body; tests assert its shape. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
  readonly algorithm?: string;
  readonly sig?: string;
}

export interface SpidReply<T = Container> {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly body: T;
}

export interface TokenBody {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly error: string;
}

/** A running SPiD simulator with its own clock, and an HTTP client for it. */
export class SpidCaller {
  /** Milliseconds; moves only when a test moves it. */
  clock = Date.parse('2026-07-01T10:00:00Z');
  url = '';
  token = '';
  #close: () => Promise<void> = () => Promise.resolve();

  static async start(options: Partial<SpidSimulatorOptions> = {}): Promise<SpidCaller> {
    const caller = new SpidCaller();
    const simulator = await startSpidSimulator({
      port: 0,
      now: () => new Date(caller.clock),
      ...options,
    });
    caller.url = simulator.url;
    caller.#close = () => simulator.close();
    caller.token = await caller.tokenOf(plain);
    return caller;
  }

  close(): Promise<void> {
    return this.#close();
  }

  async tokenOf(client: { id: string; secret: string }): Promise<string> {
    const { body } = await this.oauth({ grant_type: 'client_credentials' }, client);
    return body.access_token;
  }

  /** `POST /oauth/token`, with Basic credentials when a client is given. */
  async oauth(
    form: Record<string, string>,
    client?: { id: string; secret: string },
  ): Promise<SpidReply<TokenBody>> {
    const basic = client && Buffer.from(`${client.id}:${client.secret}`).toString('base64');
    return this.raw('POST', '/oauth/token', {
      headers: basic ? { authorization: `Basic ${basic}` } : {},
      body: new URLSearchParams(form),
    });
  }

  get(path: string, token = this.token): Promise<SpidReply> {
    return this.raw('GET', `/api/2${path}`, { headers: { authorization: `Bearer ${token}` } });
  }

  delete(path: string, token = this.token): Promise<SpidReply> {
    return this.raw('DELETE', `/api/2${path}`, { headers: { authorization: `Bearer ${token}` } });
  }

  post(path: string, form: Record<string, string> = {}, token = this.token): Promise<SpidReply> {
    const headers = { authorization: `Bearer ${token}` };
    return this.raw('POST', `/api/2${path}`, { headers, body: new URLSearchParams(form) });
  }

  async raw<T = Container>(method: string, path: string, init: RequestInit = {}): Promise<SpidReply<T>> {
    const response = await fetch(this.url + path, { ...init, method });
    const text = await response.text();
    const contentType = response.headers.get('content-type') ?? '';
    const body = (/^[[{]/.test(text) ? JSON.parse(text) : undefined) as T;
    return { status: response.status, contentType, text, body };
  }

  /** A control of the simulator: `/__quirks`, `/__faults`, `/__limits`, `/__tokens/...`; without a body too, as JSON. */
  control(method: string, path: string, body?: object): Promise<SpidReply<unknown>> {
    const headers = { 'content-type': 'application/json' };
    return this.raw(method, path, body ? { headers, body: JSON.stringify(body) } : { headers });
  }

  async effects(operation?: string): Promise<Effect[]> {
    const { body } = await this.raw<{ effects: Effect[] }>('GET', '/__ledger');
    return operation ? body.effects.filter((effect) => effect.operation === operation) : body.effects;
  }
}
