import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { refusalOfContent } from '../problems/request.validation.pipe.js';
import { HandlerFacts } from '../server/handler.facts.js';

/** By the name of the handler: its parameters are declared on the class. */
const takesBody = new HandlerFacts((handler, controller) => {
  const { name } = handler as { readonly name: string };
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as object;
  return Object.keys(parameters).some((key) => key.startsWith(`${RouteParamtypes.BODY}:`));
});

/**
 * Refuses a body with content where the handler reads none, with or without a key that was used before: a caller who sends
 * `{"expires": …}` would take the success for a grant that ends.
 */
@Injectable()
export class UnreadBodyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { body } = context.switchToHttp().getRequest<FastifyRequest>();
    // Bytes are of a route that verifies them itself.
    if (body === undefined || Buffer.isBuffer(body) || takesBody.of(context)) return true;
    const refusal = refusalOfContent(body);
    if (refusal) throw refusal;
    return true;
  }
}
