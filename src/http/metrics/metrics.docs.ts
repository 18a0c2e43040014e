import { ApiOkResponse, ApiProduces } from '../api.decorators.js';
import type { RouteDocs } from '../openapi/documented.decorator.js';

export const METRICS_DOCS = {
  readMetrics: {
    operationId: 'readMetrics',
    summary: 'Read the metrics of this process',
    description:
      'In the text format of Prometheus: requests, upstream calls, operations, incidents and the process ' +
      'itself. A caller sees the series of its tenants and of the process. A caller that belongs to every ' +
      'tenant or also holds `ops:read-all-tenants` also sees the series of other tenants and the sums over ' +
      'all tenants, unless it names one in `Tollgate-Tenant`.',
    returns: String,
    success: 'One line per series.',
    internal: true,
    also: [
      ApiProduces('text/plain'),
      ApiOkResponse({
        schema: { type: 'string', example: 'tollgate_secret_incidents_total{sink="log"} 0' },
      }),
    ],
  },
} as const satisfies Record<string, RouteDocs>;
