import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Access, Open } from '../auth/access.decorator.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { Documented } from '../openapi/documented.decorator.js';
import { ValidQuery } from '../problems/valid.input.js';
import { HealthDto } from './dto/health.dto.js';
import { ListUpstreamsQueryDto } from './dto/list-upstreams-query.dto.js';
import { UpstreamHealthListDto } from './dto/upstream-health.dto.js';
import { HEALTH_DOCS } from './health.docs.js';
import { Readiness } from './readiness.js';
import { UpstreamHealthService } from './upstream.health.service.js';

@Documented('Gateway', HEALTH_DOCS)
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly upstreams: UpstreamHealthService,
  ) {}

  @Get('live')
  @Open()
  live(): HealthDto {
    return HealthDto.alive();
  }

  @Get('ready')
  @Open()
  ready(@Res({ passthrough: true }) reply: FastifyReply): HealthDto {
    const report = this.readiness.report();
    void reply.code(report.isReady ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    return HealthDto.from(report);
  }

  @Get('upstreams')
  @Access('ops:read', { tenants: 'all' })
  listUpstreams(
    @CurrentCaller() caller: Caller,
    // oxlint-disable-next-line no-unused-vars -- declared to refuse every parameter
    @ValidQuery() _: ListUpstreamsQueryDto,
  ): UpstreamHealthListDto {
    return this.upstreams.list(caller);
  }
}
