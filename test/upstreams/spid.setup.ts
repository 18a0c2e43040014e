import type { ServerResponse } from 'node:http';
import { Clock } from '../../src/config/clock.js';
import { Secret } from '../../src/config/secrets/secret.js';
import { SpidCache, type SpidSettings } from '../../src/config/settings/spid.settings.js';
import { SettingsSource } from '../../src/config/settings/settings.source.js';
import type { SpidClient } from '../../src/upstreams/spid/spid.client.js';
import { SpidClients } from '../../src/upstreams/spid/spid.clients.js';
import { UpstreamHealth, type UpstreamState } from '../../src/upstreams/transport/upstream.health.js';
import { giveJson, ScriptedUpstream, type Script } from './scripted.upstream.js';
import { NO_LEDGER } from '../support/database/no.ledger.js';
import { testChannels } from './support/channels.js';

export const TENANT = 'demo';

const SETTINGS: Omit<SpidSettings, 'baseUrl'> = {
  clientId: '4e8463569caf7ca019000007',
  clientSecret: new Secret('foobar'),
  signedAnswers: 'accepted',
  timeZone: 'Europe/Oslo',
  timeouts: { attemptMs: 5_000, totalMs: 10_000 },
  connections: 8,
  cache: new SpidCache(),
};

/** A clock that is moved by the test only. */
export class TestClock extends Clock {
  #now = Date.now();

  override now(): Date {
    return new Date(this.#now);
  }

  advance(seconds: number): void {
    this.#now += seconds * 1_000;
  }
}

/** The client of one tenant, created as by the gateway. */
export class SpidUnderTest {
  readonly clock = new TestClock();
  readonly clients: SpidClients;
  readonly client: SpidClient;
  readonly state: UpstreamState;

  constructor(baseUrl: string, change: Partial<SpidSettings> = {}) {
    const spid = { ...SETTINGS, baseUrl, ...change };
    const tenants = new Map([
      [TENANT, { name: TENANT, spid }],
      ['without', { name: 'without' }],
    ]);
    const health = new UpstreamHealth();
    const source = new SettingsSource({
      tenants,
      callers: [],
      issuers: [],
      ledger: NO_LEDGER,
      trustedProxies: [],
    });
    this.clients = new SpidClients(testChannels(source), source, health, this.clock);
    this.client = this.clients.of(TENANT);
    this.state = health.of(TENANT, 'spid');
  }

  close(): Promise<void> {
    return this.clients.onApplicationShutdown();
  }
}

/** A SPiD that grants `token-1`, `token-2`, … by default and responds to calls by script. */
export class ScriptedSpid {
  readonly upstream: ScriptedUpstream;
  token: Script = (_, response) => {
    giveJson(response, 200, grant(`token-${this.tokenCalls.length}`));
  };
  #api: Script = () => undefined;

  constructor() {
    this.upstream = new ScriptedUpstream((request, response) =>
      request.url === '/oauth/token' ? this.token(request, response) : this.#api(request, response),
    );
  }

  get tokenCalls() {
    return this.upstream.seen.filter(({ url }) => url === '/oauth/token');
  }

  get apiCalls() {
    return this.upstream.seen.filter(({ url }) => url !== '/oauth/token');
  }

  /** The response to every API call. */
  respond(status: number, body: unknown): void {
    this.#api = (_, response) => give(response, status, body);
  }

  script(api: Script): void {
    this.#api = api;
  }
}

export function give(response: ServerResponse, status: number, body: unknown): void {
  if (typeof body === 'string') response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  else giveJson(response, status, body);
}

export function grant(token: string, lifetime: unknown = 900): Record<string, unknown> {
  return { access_token: token, expires_in: lifetime, scope: 'openid profile', token_type: 'Bearer' };
}

export function containerOf(data: unknown, change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'SPP Container',
    version: '0.2',
    api: 2,
    object: 'User',
    type: 'element',
    code: 200,
    request: {
      reset: 1917,
      limit: 0,
      remaining: -12,
    },
    debug: {
      route: {},
      params: {
        options: [],
        where: [],
      },
    },
    meta: null,
    error: null,
    data,
    ...change,
  };
}

export function errorContainer(code: number, description: unknown): Record<string, unknown> {
  return containerOf(null, { type: 'error', code, error: { code, type: 'ApiException', description } });
}

export function oauthError(error: string, code: unknown = 401): Record<string, unknown> {
  return {
    error,
    error_code: code,
    type: 'OAuthException',
    error_description: `401 Unauthorized access! "${error}"`,
  };
}
