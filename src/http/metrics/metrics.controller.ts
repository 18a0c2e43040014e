import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { SettingsSource } from '../../config/settings.source.js';
import { Metrics } from '../../telemetry/metrics.js';
import { metricsOfTenants } from '../../telemetry/metrics.of.tenants.js';
import { Access } from '../auth/access.decorator.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { visibleTenants } from '../auth/visible.tenants.js';

@ApiTags('Operations of the gateway')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly settings: SettingsSource,
  ) {}

  @Get()
  @Access('ops:read', { tenants: 'all' })
  @ApiOperation({
    operationId: 'readMetrics',
    summary: 'Read the metrics of this process',
    description:
      'In the text format of Prometheus: requests, upstream calls, operations, incidents and the process ' +
      'itself. A caller sees the series of its tenants and of the process. A caller that belongs to every ' +
      'tenant or also holds `ops:read-all-tenants` also sees the series of other tenants and the sums over ' +
      'all tenants.',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({
    description: 'One line per series.',
    schema: { type: 'string', example: 'tollgate_secret_incidents_total{sink="log"} 0' },
  })
  async readMetrics(
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    void reply.header('content-type', this.metrics.contentType);
    const seen = visibleTenants(caller, this.settings.current);
    const text = await this.metrics.text();
    return seen === 'all' ? text : metricsOfTenants(text, seen);
  }
}
