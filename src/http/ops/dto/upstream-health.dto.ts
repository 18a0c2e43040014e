import { ApiProperty } from '@nestjs/swagger';
import type { UpstreamState } from '../../../upstreams/transport/upstream.health.js';
import { CountField, EnumField, TextField, TimeField } from '../../fields/fields.js';

export class UpstreamTokenDto {
  @EnumField({
    name: 'UpstreamTokenState',
    values: ['none', 'valid', 'expired'],
    description: 'Whether the gateway holds a usable token; never the token itself.',
  })
  readonly state: string;

  @TimeField({ nullable: true, description: 'When the token held now expires.' })
  readonly expiresAt: string | null;
}

export class UpstreamHealthDto {
  @TextField({ maxLength: 64, example: 'demo', description: 'The tenant whose credentials are used.' })
  readonly tenant: string;

  @EnumField({ name: 'UpstreamName', values: ['spid', 'import2'], description: 'The third party.' })
  readonly upstream: string;

  @TimeField({ nullable: true, description: 'When a call last succeeded.' })
  readonly lastSuccessAt: string | null;

  @TimeField({ nullable: true, description: 'When a call last failed.' })
  readonly lastFailureAt: string | null;

  @TextField({
    nullable: true,
    maxLength: 64,
    example: 'NotSentError',
    description: 'Class of the last failure.',
  })
  readonly lastFailure: string | null;

  @CountField({
    nullable: true,
    min: 0,
    max: 600_000,
    example: 42,
    description: 'Milliseconds that the last call took.',
  })
  readonly lastLatencyMs: number | null;

  @ApiProperty({
    type: UpstreamTokenDto,
    nullable: true,
    description: 'Only for upstreams that work with tokens.',
  })
  readonly token: UpstreamTokenDto | null;

  static from(state: UpstreamState): UpstreamHealthDto {
    const { tenant, upstream, lastSuccessAt, lastFailureAt, lastFailure, lastLatencyMs, token } = state;
    return {
      tenant,
      upstream,
      lastSuccessAt,
      lastFailureAt,
      lastFailure,
      lastLatencyMs,
      token: token && { state: token.state, expiresAt: token.expiresAt },
    };
  }
}

export class UpstreamHealthListDto {
  @ApiProperty({
    type: [UpstreamHealthDto],
    description: 'One entry for each tenant and upstream used so far.',
  })
  readonly items: readonly UpstreamHealthDto[];
}
