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
    return HealthDto.of(true);
  }

  @Get('ready')
  @Open()
  @ApiOperation({
    operationId: 'checkReadiness',
    summary: 'Should requests be sent here?',
    description: 'Fails while the process starts, drains or has no database. The upstreams do not count.',
  })
  @ApiOkResponse({ type: HealthDto, description: 'Ready.' })
  @ApiServiceUnavailableResponse({ type: HealthDto, description: 'Not ready.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthDto> {
    const ready = await this.readiness.isReady();
    void reply.code(ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    return HealthDto.of(ready);
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
