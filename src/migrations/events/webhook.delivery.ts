import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type RequestSource, sourceOf } from '../../http/server/client.address.js';
import { rawBodyOf } from '../../http/server/body/raw.body.js';
import { SIGNATURE_HEADER } from '../../upstreams/import2/webhook.signature.js';

/**
 * The largest known body is one status with three counts, about 300 bytes. 64 KiB leaves room for new members and
 * bounds what a tenant with unsigned webhooks can be made to store.
 */
export const WEBHOOK_BYTES_MAX = 64 * 1024;

/** One call of a webhook, not yet authenticated. */
export interface Delivery {
  /** From the path; not necessarily a known tenant. */
  readonly tenant: string;
  readonly signature: string | undefined;
  readonly body: Buffer;
  readonly source: RequestSource;
}

export const CurrentDelivery = createParamDecorator((_: unknown, context: ExecutionContext): Delivery => {
  const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { tenant: string } }>>();
  // Node joins repeated headers with commas, which is never a valid signature.
  const signature = request.headers[SIGNATURE_HEADER];
  return {
    tenant: request.params.tenant,
    signature: typeof signature === 'string' ? signature : undefined,
    body: rawBodyOf(request),
    source: sourceOf(request),
  };
});
