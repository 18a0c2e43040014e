import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Access } from '../auth/access.decorator.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { Documented } from '../openapi/documented.decorator.js';
import { METRICS_DOCS } from './metrics.docs.js';
import { MetricsService } from './metrics.service.js';

@Documented('Gateway', METRICS_DOCS)
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  @Access('ops:read', { tenants: 'all' })
  readMetrics(
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    void reply.header('content-type', this.metrics.contentType);
    return this.metrics.textFor(caller);
  }
}
