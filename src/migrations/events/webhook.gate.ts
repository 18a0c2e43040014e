import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import type { WebhookSettings } from '../../config/settings.js';
import { SettingsSource } from '../../config/settings.source.js';
import { FailedAttempts } from '../../http/auth/failed.attempts.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { requestContext } from '../../telemetry/request.context.js';
import type { AnnouncedStep } from '../../upstreams/import2/import2.nouns.js';
import { UnreadableError } from '../../upstreams/transport/unreadable.error.js';
import { isFresh, hasValidSignature } from '../../upstreams/import2/webhook.signature.js';
import { readAnnouncement } from '../../upstreams/import2/webhook.wire.js';
import type { Delivery } from './webhook.delivery.js';

/** Authentication needs a scheme to be named in a 401; callers' keys are of no use here. */
const CHALLENGE = { 'WWW-Authenticate': 'Signature realm="tollgate webhooks"' };

/** A webhook that is believed. */
export interface Announcement {
  readonly tenant: string;
  readonly step: AnnouncedStep;
  /** The body as text: its UTF-8 bytes are those that were signed. */
  readonly text: string;
  readonly signed: boolean;
}

/** Signed by Import2, and not to be read. */
export interface UnreadableAnnouncement {
  readonly tenant: string;
  readonly body: Buffer;
  /** Which place cannot be read; never a value. */
  readonly reason: string;
}

type Refusal = 'no webhook' | 'signature' | 'age';

/**
 * Lets in what the tenant's Import2 has sent, and sent just now. An unknown tenant, one without a webhook, a wrong
 * signature and an old timestamp get one and the same answer after the same work.
 */
@Injectable()
export class WebhookGate {
  readonly #log = new Logger('Webhook');

  constructor(
    private readonly source: SettingsSource,
    private readonly clock: Clock,
    private readonly attempts: FailedAttempts,
  ) {}

  /**
   * What cannot be read is let in when its signature holds: it is never sent again.
   * @throws ProblemError unauthenticated, rate-limited; validation-failed for what is unreadable and not signed
   */
  async admit(delivery: Delivery): Promise<Announcement | UnreadableAnnouncement> {
    const { tenant, signature, body } = delivery;
    const webhook = this.source.current.tenants.get(tenant)?.import2?.webhook;
    const signed = hasValidSignature(body, signature, webhook);
    if (webhook === undefined) return this.#refuse(delivery, 'no webhook');
    if (!signed) {
      if (!takesUnsigned(webhook)) return this.#refuse(delivery, 'signature');
      await this.#slow(delivery, 'unsigned-webhooks');
    }
    const store = requestContext.getStore();
    if (store) store.tenant = tenant;
    const read = readBody(body);
    if ('reason' in read) {
      if (signed) return { tenant, body, reason: read.reason };
      throw new ProblemError('validation-failed', 'The body is not a webhook of Import2.', read);
    }
    const announcement = { tenant, signed, ...read };
    if (!this.#isFresh(announcement, webhook)) return this.#refuse(delivery, 'age');
    return announcement;
  }

  /** What is signed must say when it was sent, or a copy would be as good as it for ever. */
  #isFresh({ step, signed }: Announcement, webhook: WebhookSettings): boolean {
    if (step.timestampMs === null) return !signed;
    return isFresh(step.timestampMs, this.clock.now().getTime(), webhook);
  }

  /** The name in the path is written to the log only when it is one of ours. */
  async #refuse(delivery: Delivery, reason: Refusal): Promise<never> {
    await this.#slow(delivery, 'failed-attempts');
    const { tenant } = delivery;
    const known = this.source.current.tenants.has(tenant);
    this.#log.warn({ reason, ...(known ? { tenant } : {}) }, 'a webhook is refused');
    throw new ProblemError('unauthenticated', 'This webhook is not accepted.', { headers: CHALLENGE });
  }

  async #slow({ source }: Delivery, kind: 'failed-attempts' | 'unsigned-webhooks'): Promise<void> {
    const retryAfterSeconds = await this.attempts.count(source, kind);
    if (retryAfterSeconds === undefined) return;
    throw new ProblemError('rate-limited', 'Too many webhooks without a valid signature.', {
      retryAfterSeconds,
    });
  }
}

type Reading = Pick<Announcement, 'step' | 'text'> | { readonly reason: string; readonly cause: unknown };

function readBody(body: Buffer): Reading {
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
