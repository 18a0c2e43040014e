import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { SettingsSource } from '../../config/settings.source.js';
import { UpstreamHealth } from '../../upstreams/transport/upstream.health.js';
import { Access, Open } from '../auth/access.decorator.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { visibleTenants } from '../auth/visible.tenants.js';
import { HealthDto } from './dto/health.dto.js';
import { SettingsStateDto, UpstreamHealthDto, UpstreamHealthListDto } from './dto/upstream-health.dto.js';
import { Readiness } from './readiness.js';

@ApiTags('Operations of the gateway')
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly upstreams: UpstreamHealth,
    private readonly settings: SettingsSource,
  ) {}

  @Get('live')
  @Open()
  @ApiOperation({
    operationId: 'checkLiveness',
    summary: 'Check whether the process is alive',
    description: 'Restart the process if this does not respond.',
  })
  @ApiOkResponse({ type: HealthDto, description: 'The process is alive.' })
  live(): HealthDto {
    return HealthDto.alive();
  }

  @Get('ready')
  @Open()
  @ApiOperation({
    operationId: 'checkReadiness',
    summary: 'Check whether the process is ready for requests',
    description:
      'Returns 503 until the process has started and was connected to its database once, and while it ' +
      'drains. Without the database the status is `degraded`: reads continue, writes return ' +
      '`ledger-unavailable`. With `READINESS_DATABASE` the deployment can choose 503 in that case. The state ' +
      'of the upstreams has no influence.',
  })
  @ApiOkResponse({ type: HealthDto, description: 'Ready or degraded.' })
  @ApiServiceUnavailableResponse({ type: HealthDto, description: 'Not ready.' })
  ready(@Res({ passthrough: true }) reply: FastifyReply): HealthDto {
    const report = this.readiness.report();
    void reply.code(report.isReady ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    return HealthDto.from(report);
  }

  @Get('upstreams')
  @Access('ops:read', { tenants: 'all' })
  @ApiOperation({
    operationId: 'listUpstreamHealth',
    summary: 'Read the health of the upstreams',
    description:
      'State of each upstream as observed by this process: last success, last failure, latency, state of the ' +
      'token, trials of new credentials; and whether the settings file was accepted or refused. Covers the ' +
      'tenants of the caller. A caller that belongs to every tenant or also holds `ops:read-all-tenants` ' +
      'sees all tenants, and why the file was refused.',
  })
  @ApiOkResponse({
    type: UpstreamHealthListDto,
    description: 'State of the upstreams as observed by this process.',
  })
  listUpstreams(@CurrentCaller() caller: Caller): UpstreamHealthListDto {
    const seen = visibleTenants(caller, this.settings.current);
    const states = this.upstreams.all().filter(({ tenant }) => seen === 'all' || seen.has(tenant));
    return {
      items: states.map((state) => UpstreamHealthDto.from(state)),
      settings: SettingsStateDto.from(this.settings.state, seen === 'all'),
    };
  }
}
