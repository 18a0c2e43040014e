import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.error.js';
import { IDEMPOTENCY_KEY_LENGTH_MAX, parseIdempotencyKey } from './idempotency.key.js';
import { IDEMPOTENT, type IdempotentOptions } from './idempotent.decorator.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by IdempotencyKeyGuard on writes with a key. */
    idempotencyKey?: string;
  }
}

/** Refuses a write without its key before the rest of the request is validated. */
@Injectable()
export class IdempotencyKeyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const options = this.reflector.get<IdempotentOptions | undefined>(IDEMPOTENT, context.getHandler());
    if (!options) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const header = request.headers['idempotency-key'];
    if (header === undefined) {
      if (options.key === 'optional') return true;
      throw refusal('This write needs an Idempotency-Key header.', 'is missing');
    }
    const key = typeof header === 'string' ? parseIdempotencyKey(header) : undefined;
    if (key === undefined) {
      const detail = `must be 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} visible ASCII characters, bare or in double quotes`;
      throw refusal('The Idempotency-Key header is malformed.', detail);
    }
    request.idempotencyKey = key;
    return true;
  }
}

function refusal(text: string, detail: string): ProblemError {
  return new ProblemError('idempotency-key-missing', text, {
    errors: [{ pointer: '/headers/Idempotency-Key', detail }],
  });
}
