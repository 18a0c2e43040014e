import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { performance } from 'node:perf_hooks';
import { upstreamOf } from '../../config/scopes.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { routeAccess } from '../auth/route.access.js';
import { deadlineMsOf } from './deadline.header.js';

const READS = new Set(['GET', 'HEAD']);

/** Reads `Tollgate-Deadline-Ms` into the request context, where the transport finds it. */
@Injectable()
export class DeadlineGuard implements CanActivate {
  constructor(private readonly settings: SettingsSource) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const totalMs = deadlineMsOf(request.headers['tollgate-deadline-ms']);
    if (totalMs === undefined) return true;
    const store = request.gatewayContext;
    const leastMs = READS.has(request.method) ? undefined : this.#attemptMs(context, request);
    const endsAt = (store.startedAt ?? performance.now()) + totalMs;
    store.deadline = { totalMs, endsAt, ...(leastMs !== undefined && { leastMs }) };
    return true;
  }

  /** Time limit of one call of the upstream that this route writes to; undefined where it calls none. */
  #attemptMs(context: ExecutionContext, { caller }: FastifyRequest): number | undefined {
    const { scope } = routeAccess.of(context);
    const upstream = scope && upstreamOf(scope);
    const tenant = caller && this.settings.current.tenants.get(caller.tenant);
    return upstream && tenant?.[upstream]?.timeouts.attemptMs;
  }
}
