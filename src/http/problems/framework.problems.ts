import { HttpException } from '@nestjs/common';
import { ProblemError } from './problem.error.js';
import type { ProblemSlug } from './problem.types.js';

/** By Fastify's error code; an unknown code with a 4xx status falls back to its status. */
const FASTIFY_REFUSALS: Record<string, { slug: ProblemSlug; detail: string }> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    slug: 'unsupported-media-type',
    detail: 'Send the body as application/json in UTF-8, not compressed.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { slug: 'payload-too-large', detail: 'The body is too large for this route.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    slug: 'validation-failed',
    detail: 'The body does not have the announced length.',
  },
  FST_ERR_BAD_URL: { slug: 'validation-failed', detail: 'The path is not validly encoded.' },
  FST_ERR_MAX_PARAM_LENGTH: { slug: 'validation-failed', detail: 'A part of the path is too long.' },
};

const BY_STATUS: Partial<Record<number, { slug: ProblemSlug; detail: string }>> = {
  404: { slug: 'route-not-found', detail: 'There is no such route; see /openapi.json.' },
  413: FASTIFY_REFUSALS['FST_ERR_CTP_BODY_TOO_LARGE'],
  415: FASTIFY_REFUSALS['FST_ERR_CTP_INVALID_MEDIA_TYPE'],
};

/** The problem of a request that Nest or Fastify refused with a 4xx; undefined for any other error. */
export function problemOfFramework(error: unknown): ProblemError | undefined {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const status = error instanceof HttpException ? error.getStatus() : statusCode;
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  const refusal = (typeof code === 'string' && FASTIFY_REFUSALS[code]) || BY_STATUS[status];
  if (refusal) return new ProblemError(refusal.slug, refusal.detail, { cause: error });
  return new ProblemError('validation-failed', 'The request is not valid HTTP for this route.', {
    cause: error,
  });
}
