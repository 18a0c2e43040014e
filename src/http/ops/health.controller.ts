import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { SettingsSource } from '../../config/settings.source.js';
import { UpstreamHealth } from '../../upstreams/transport/upstream.health.js';
import { Access, Open } from '../auth/access.decorator.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { HealthDto } from './dto/health.dto.js';
import { SettingsStateDto, UpstreamHealthDto, UpstreamHealthListDto } from './dto/upstream-health.dto.js';
import { Readiness } from './readiness.js';
import { tenantsSeenBy } from './tenants.seen.js';

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
    summary: 'Is the process alive?',
    description: 'Restart the process when this does not answer.',
  })
  @ApiOkResponse({ type: HealthDto, description: 'The process answers.' })
  live(): HealthDto {
    return HealthDto.alive();
  }

  @Get('ready')
  @Open()
  @ApiOperation({
    operationId: 'checkReadiness',
    summary: 'Should requests be sent here?',
    description:
      'Fails until the process has started and had its database once, and while it drains. Without the database it is ' +
      '`degraded`: reads go on, writes get `ledger-unavailable`. The deployment may choose that it fails then ' +
      '(`READINESS_DATABASE`). The upstreams do not count.',
  })
  @ApiOkResponse({ type: HealthDto, description: 'Ready, perhaps degraded.' })
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
    summary: 'How the upstreams behave',
    description:
      'What this process saw of each upstream: last success, last failure, latency, state of the token, ' +
      'new credentials on trial; and whether the settings file is taken or refused. Shows the tenants of the caller; ' +
      'those of all tenants, and why the file is refused, only to a caller that belongs to every tenant or also holds ' +
      '`ops:read-all-tenants`.',
  })
  @ApiOkResponse({ type: UpstreamHealthListDto, description: 'As seen by this process.' })
  listUpstreams(@CurrentCaller() caller: Caller): UpstreamHealthListDto {
    const seen = tenantsSeenBy(caller, this.settings.current);
    const states = this.upstreams.all().filter(({ tenant }) => seen === 'all' || seen.has(tenant));
    return {
      items: states.map((state) => UpstreamHealthDto.from(state)),
      settings: SettingsStateDto.from(this.settings.state, seen === 'all'),
    };
  }
}
