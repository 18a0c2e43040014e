import { ApiServiceUnavailableResponse } from '../api.decorators.js';
import type { RouteDocs } from '../openapi/documented.decorator.js';
import { HealthDto } from './dto/health.dto.js';
import { UpstreamHealthListDto } from './dto/upstream-health.dto.js';

export const HEALTH_DOCS = {
  live: {
    operationId: 'checkLiveness',
    summary: 'Check whether the process is alive',
    description: 'Restart the process if this does not respond.',
    returns: HealthDto,
    success: 'The process is alive.',
    internal: true,
  },
  ready: {
    operationId: 'checkReadiness',
    summary: 'Check whether the process is ready for requests',
    description:
      'Returns 503 until the process has started and was connected to its database once, and while it ' +
      'drains. Without the database the status is `degraded`: reads continue, writes return ' +
      '`ledger-unavailable`. With `READINESS_DATABASE` the deployment can choose 503 in that case. The state ' +
      'of the upstreams has no influence.',
    returns: HealthDto,
    success: 'Ready or degraded.',
    internal: true,
    also: [ApiServiceUnavailableResponse({ type: HealthDto, description: 'Not ready.' })],
  },
  listUpstreams: {
    operationId: 'listUpstreamHealth',
    summary: 'Read the health of the upstreams',
    description:
      'State of each upstream as observed by this process: last success, last failure, latency, state of the ' +
      'token, trials of new credentials; the budget of each vendor account; and whether the settings file was ' +
      'accepted or refused. Covers the tenants of the caller. A caller that belongs to every tenant or also ' +
      'holds `ops:read-all-tenants` sees all tenants, and why the file was refused; it may name any tenant in ' +
      '`Tollgate-Tenant`, and then sees what a caller of that tenant sees.',
    returns: UpstreamHealthListDto,
    success: 'State of the upstreams as observed by this process.',
    internal: true,
  },
} as const satisfies Record<string, RouteDocs>;
