import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CallerResources } from '../../../config/settings/access.settings.js';
import { isRestricted, mayReach } from '../../../config/resource.rules.js';
import { ProblemError } from '../../problems/problem.error.js';
import { missing } from './missing.resources.js';
import { type Restriction, restrictionsOf } from './restrictions.js';

/**
 * Enforces `@Restricted` on what a request names, before the handler, so that nothing is recorded or sent for a resource
 * outside the restriction. What a response contains is restricted by `restrictResponse`, which knows the caller from here.
 */
@Injectable()
export class RestrictionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const resources = request.caller?.resources;
    if (!resources) return true;
    request.gatewayContext.resources = resources;
    for (const restriction of restrictionsOf(context.getHandler())) {
      if (isRestricted(resources, restriction.noun)) checkRequest(restriction, request, resources);
    }
    return true;
  }
}

function checkRequest(
  { noun, place }: Restriction,
  request: FastifyRequest,
  resources: CallerResources,
): void {
  if (place.in === 'new') {
    throw new ProblemError('forbidden', 'This caller is restricted to resources that exist already.');
  }
  const values = valuesOf(place.in, request);
  if (!values || !('name' in place)) return;
  const id = values[place.name];
  // Absent or not a string: optional, or refused by the validation.
  if (typeof id === 'string' && !mayReach(resources, noun, id)) throw missing(noun);
}

function valuesOf(
  where: Restriction['place']['in'],
  request: FastifyRequest,
): Record<string, unknown> | undefined {
  switch (where) {
    case 'path':
      return request.params as Record<string, unknown>;
    case 'query':
      return request.query as Record<string, unknown>;
    case 'body':
      return typeof request.body === 'object' ? (request.body as Record<string, unknown>) : undefined;
    case 'items':
    case 'response':
    case 'new':
      return undefined;
    default:
      return where satisfies never;
  }
}
