import type { AxiosInstance } from 'axios';
import { sendPrepared } from './prepared.axios.js';
import { retryAfterMsOf } from '../response/retry.after.js';
import type { SocketRules } from './socket.exchange.js';
import { connectionRules } from './tls.rules.js';
import { Pool } from './undici.js';
import { WireRequest } from './undici.adapter.js';
import type { CredentialHeaders, UpstreamCall, UpstreamResponse } from '../upstream.call.js';

/** DNS, TCP and TLS on one continent take under 1 s. As long as a place in the budget may be held unused. */
const CONNECT_TIMEOUT_MS = 2_500;

/**
 * Shorter than the idle timeout of common servers (nginx 75 s, Node.js 5 s): a write on a socket that the server is
 * closing would have an unknown outcome.
 */
const KEEP_ALIVE_MS = 3_000;

const HEADERS = { accept: 'application/json', 'user-agent': 'tollgate' };

export interface UpstreamSocketOptions {
  readonly baseUrl: string;
  readonly connections: number;
  /** Trusted CA certificates as PEM; the public ones when omitted. */
  readonly ca?: string;
}

/** The connections to one upstream of one tenant. */
export class UpstreamSocket {
  readonly #pool: Pool;
  readonly #basePath: string;

  constructor(
    private readonly axios: AxiosInstance,
    { baseUrl, connections, ca }: UpstreamSocketOptions,
  ) {
    const { origin, pathname } = new URL(baseUrl);
    this.#basePath = pathname.replace(/\/$/, '');
    this.#pool = new Pool(origin, {
      connections,
      connect: connectionRules(CONNECT_TIMEOUT_MS, ca),
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      pipelining: 1,
      // The socket phase of a failure is certain only with one request at a time per socket.
      allowH2: false,
    });
  }

  /** @throws ExchangeError, and then the grant has got its outcome */
  async exchange(
    call: UpstreamCall,
    credential: CredentialHeaders,
    rules: SocketRules,
  ): Promise<UpstreamResponse> {
    const { status, headers, data } = await sendPrepared(this.axios, {
      url: this.#basePath + call.path,
      method: call.method,
      headers: { ...HEADERS, ...call.headers, ...credential },
      data: call.body,
      wire: new WireRequest(this.#pool, rules),
    });
    return {
      status,
      contentType: String(headers['content-type'] ?? ''),
      retryAfterMs: retryAfterMsOf(headers['retry-after'], Date.now()),
      body: data,
    };
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
