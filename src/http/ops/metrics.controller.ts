import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Metrics } from '../../telemetry/metrics.js';
import { Access } from '../auth/access.decorator.js';

@ApiTags('Operations of the gateway')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Access('ops:read')
  @ApiOperation({
    operationId: 'readMetrics',
    summary: 'Metrics of this process',
    description:
      'For Prometheus, in its text format: requests, upstream calls, operations, incidents and the process itself.',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({
    description: 'One line per series.',
    schema: { type: 'string', example: 'tollgate_secret_incidents_total{sink="log"} 0' },
  })
  async readMetrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.contentType);
    return this.metrics.text();
  }
}
