import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type RequestSource, sourceOf } from '../../http/server/client.address.js';
import { rawBodyOf } from '../../http/server/raw.body.js';
import { SIGNATURE_HEADER } from '../../upstreams/import2/webhook.signature.js';

/**
 * The largest honest body is one status with three counts, about 300 bytes. 64 KiB leaves room for members to come
 * and bounds what an unsigned tenant can be made to store.
 */
export const WEBHOOK_BYTES_MAX = 64 * 1024;

/** One call of a webhook, before anything of it is believed. */
export interface Delivery {
  /** As the path says: it may name no tenant at all. */
  readonly tenant: string;
  readonly signature: string | undefined;
  readonly body: Buffer;
  readonly source: RequestSource;
}

export const CurrentDelivery = createParamDecorator((_: unknown, context: ExecutionContext): Delivery => {
  const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { tenant: string } }>>();
  // Node joins a repeated header with commas, which no signature is.
  const signature = request.headers[SIGNATURE_HEADER];
  return {
    tenant: request.params.tenant,
    signature: typeof signature === 'string' ? signature : undefined,
    body: rawBodyOf(request),
    source: sourceOf(request),
  };
});
