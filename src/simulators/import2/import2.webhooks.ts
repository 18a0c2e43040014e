import { createHmac } from 'node:crypto';
import { hasReadData, statusText, type StatusGeneration } from './import2.statuses.js';
import { USERS, type Migration } from './import2.migrations.js';

/** Receiver of webhooks. The vendor's staff sets it at registration (Import2 E1). */
export interface WebhookTarget {
  readonly url: string;
  /** Without a secret, webhooks are unsigned (Import2 E4). */
  readonly secret?: string;
}

/** A receiver that takes longer loses the webhook. */
const DELIVERY_TIMEOUT_MS = 5_000;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The target in a control body or an option, or an error message. */
export function parseTarget(body: unknown): WebhookTarget | string {
  const { url, secret } = (body ?? {}) as Record<string, unknown>;
  if (typeof url !== 'string' || !URL.canParse(url)) return 'url must be a URL';
  const { protocol, hostname } = new URL(url);
  if (!/^https?:$/.test(protocol) || !LOOPBACK.test(hostname)) return 'url must be on this machine';
  if (secret === undefined || secret === null) return { url };
  return typeof secret === 'string' && secret !== '' ? { url, secret } : 'secret must be a string';
}

/** Sends webhooks one after the other, each exactly once (Import2 E4). */
export class Webhooks {
  target: WebhookTarget | undefined;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #last: Promise<void> = Promise.resolve();

  constructor(now: () => number, target: WebhookTarget | undefined) {
    this.#now = now;
    const parsed = target && parseTarget(target);
    if (typeof parsed === 'string') throw new TypeError(`webhook: ${parsed}`);
    this.target = parsed;
  }

  announce(migration: Migration, statusCode: string, generation: StatusGeneration): void {
    const { target } = this;
    if (target) this.#last = this.#last.then(() => this.#send(target, migration, statusCode, generation));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#last;
  }

  async #send(
    { url, secret }: WebhookTarget,
    migration: Migration,
    statusCode: string,
    generation: StatusGeneration,
  ): Promise<void> {
    const body = JSON.stringify({
      id: migration.id,
      token: migration.token,
      status_code: statusCode,
      status: statusText(migration.status, generation),
      ...(hasReadData(migration.status, migration) ? { users: USERS } : {}),
      timestamp: this.#now(),
    });
    const headers = {
      'content-type': 'application/json',
      ...(secret === undefined ? {} : { 'X-Authorization-Content-SHA256': sign(body, secret) }),
    };
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)]);
    try {
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
      await response.body?.cancel();
    } catch {
      // An unreachable receiver loses the webhook, and has to poll.
    }
  }
}

/** Lowercase hex HMAC-SHA256 over the raw body (Import2 E4). */
function sign(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}
