import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import type { WebhookSettings } from '../../config/settings/webhook.settings.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { FailedAttempts } from '../../http/auth/failed.attempts.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { requestContext } from '../../telemetry/request.context.js';
import type { AnnouncedStep } from '../../upstreams/import2/import2.types.js';
import { UnreadableError } from '../../upstreams/transport/response/unreadable.error.js';
import { isFresh, hasValidSignature } from '../../upstreams/import2/webhook.signature.js';
import { readAnnouncement } from '../../upstreams/import2/webhook.payload.js';
import type { Delivery } from './webhook.delivery.js';

/** A 401 must name a scheme; the keys of callers are not accepted here. */
const CHALLENGE = { 'WWW-Authenticate': 'Signature realm="tollgate webhooks"' };

/** An event of an accepted webhook. */
export interface AcceptedEvent {
  readonly tenant: string;
  readonly step: AnnouncedStep;
  /** The body as text; its UTF-8 bytes are the signed bytes. */
  readonly text: string;
  /** False only for tenants that accept unsigned webhooks. */
  readonly signed: boolean;
}

/** The body of a signed webhook that cannot be parsed. */
export interface UnreadableEvent {
  readonly tenant: string;
  readonly body: Buffer;
  /** Position of the error; never a value. */
  readonly reason: string;
}

type Refusal = 'no webhook' | 'signature' | 'age';

/**
 * Authenticates webhooks by signature and timestamp. An unknown tenant, a tenant without a webhook, a wrong signature
 * and an old timestamp all return the same 401 after the same work, so that a sender cannot distinguish them.
 */
@Injectable()
export class WebhookAuthentication {
  readonly #log = new Logger('Webhook');

  constructor(
    private readonly source: SettingsSource,
    private readonly clock: Clock,
    private readonly attempts: FailedAttempts,
  ) {}

  /**
   * Accepts a signed body that cannot be parsed as well, because Import2 never retries.
   * @throws ProblemError unauthenticated, rate-limited; validation-failed for an unsigned body that cannot be parsed
   */
  async authenticate(delivery: Delivery): Promise<AcceptedEvent | UnreadableEvent> {
    const { tenant, signature, body } = delivery;
    const webhook = this.source.current.tenants.get(tenant)?.import2?.webhook;
    const signed = hasValidSignature(body, signature, webhook);
    if (webhook === undefined) return this.#refuse(delivery, 'no webhook');
    if (!signed) {
      if (!takesUnsigned(webhook)) return this.#refuse(delivery, 'signature');
      await this.#limit(delivery, 'unsigned-webhooks');
    }
    const store = requestContext.getStore();
    if (store) store.tenant = tenant;
    const parsed = parseBody(body);
    if ('reason' in parsed) {
      if (signed) return { tenant, body, reason: parsed.reason };
      throw new ProblemError('validation-failed', 'The body is not a webhook of Import2.', parsed);
    }
    const event = { tenant, signed, ...parsed };
    if (!this.#isFresh(event, webhook)) return this.#refuse(delivery, 'age');
    return event;
  }

  /** A signed event without a timestamp is refused: it could be replayed for ever. */
  #isFresh({ step, signed }: AcceptedEvent, webhook: WebhookSettings): boolean {
    if (step.timestampMs === null) return !signed;
    return isFresh(step.timestampMs, this.clock.now().getTime(), webhook);
  }

  /** Logs the tenant only if it is configured: the path is not trusted. */
  async #refuse(delivery: Delivery, reason: Refusal): Promise<never> {
    await this.#limit(delivery, 'failed-attempts');
    const { tenant } = delivery;
    const known = this.source.current.tenants.has(tenant);
    this.#log.warn({ reason, ...(known ? { tenant } : {}) }, 'a webhook is refused');
    throw new ProblemError('unauthenticated', 'This webhook is not accepted.', { headers: CHALLENGE });
  }

  async #limit({ source }: Delivery, kind: 'failed-attempts' | 'unsigned-webhooks'): Promise<void> {
    const retryAfterSeconds = await this.attempts.count(source, kind);
    if (retryAfterSeconds === undefined) return;
    throw new ProblemError('rate-limited', 'Too many webhooks without a valid signature.', {
      retryAfterSeconds,
    });
  }
}

type ParsedBody = Pick<AcceptedEvent, 'step' | 'text'> | { readonly reason: string; readonly cause: unknown };

function parseBody(body: Buffer): ParsedBody {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    return { text, step: readAnnouncement(text) };
  } catch (cause) {
    return { reason: cause instanceof UnreadableError ? cause.message : 'the body is not UTF-8', cause };
  }
}

function takesUnsigned({ secret, acceptUnsigned }: WebhookSettings): boolean {
  return acceptUnsigned && secret === undefined;
}
