import { ApiProperty } from '../../api.decorators.js';
import type { SettingsState } from '../../../config/settings/settings.source.js';
import { UPSTREAM_NAMES } from '../../../config/upstream.names.js';
import { UPSTREAM_STATUSES, type UpstreamState } from '../../../upstreams/transport/upstream.health.js';
import {
  CountField,
  EnumField,
  TextField,
  TimeField,
  UpstreamCountField,
  UpstreamTextField,
} from '../../fields/fields.js';
import { UpstreamBudgetDto } from './upstream-budget.dto.js';

const FailureReasonField = (): PropertyDecorator =>
  TextField({
    nullable: true,
    maxLength: 300,
    example: 'the vendor refuses the client secret, or does not know the client id',
    description: 'Why it failed, in words for operators.',
  });

export class UpstreamTokenDto {
  @EnumField({
    name: 'UpstreamTokenState',
    values: ['none', 'valid', 'expired'],
    description: 'Whether the gateway holds a usable token; never the token itself.',
  })
  readonly state: string;

  @TimeField({ nullable: true, description: 'When the current token expires.' })
  readonly expiresAt: string | null;
}

export class UpstreamRotationDto {
  @TimeField({ description: 'When the new settings were first tried.' })
  readonly since: string;

  @UpstreamCountField({ description: 'Number of failed trials so far.', example: 3 })
  readonly trials: number;

  @TextField({
    nullable: true,
    maxLength: 64,
    example: 'MisconfiguredError',
    description: 'Class of the last failure; null before the first trial has ended.',
  })
  readonly lastFailure: string | null;

  @FailureReasonField()
  readonly lastFailureReason: string | null;
}

export class UpstreamHealthDto {
  @TextField({ maxLength: 64, example: 'demo', description: 'The tenant whose credentials are used.' })
  readonly tenant: string;

  @EnumField({ name: 'UpstreamName', values: UPSTREAM_NAMES, description: 'The third party.' })
  readonly upstream: string;

  @EnumField({
    name: 'UpstreamStatus',
    values: UPSTREAM_STATUSES,
    description:
      'Whether the last call succeeded. `not_tried`: no call yet; each upstream is tried in the background after the ' +
      'start.',
  })
  readonly status: string;

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

  @FailureReasonField()
  readonly lastFailureReason: string | null;

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
    description: 'Only for upstreams that use access tokens.',
  })
  readonly token: UpstreamTokenDto | null;

  @ApiProperty({
    type: UpstreamRotationDto,
    nullable: true,
    description:
      'New settings, for example a new secret, that the upstream has not accepted yet; the previous ones are ' +
      'in use.',
  })
  readonly rotation: UpstreamRotationDto | null;

  static from(state: UpstreamState): UpstreamHealthDto {
    const { tenant, upstream, lastSuccessAt, lastFailureAt, lastFailure, lastLatencyMs } = state;
    const { token, rotation, status, lastFailureReason } = state;
    return {
      tenant,
      upstream,
      status,
      lastSuccessAt: lastSuccessAt && lastSuccessAt.toISOString(),
      lastFailureAt: lastFailureAt && lastFailureAt.toISOString(),
      lastFailure,
      lastFailureReason,
      lastLatencyMs,
      token: token && { state: token.state, expiresAt: token.expiresAt },
      rotation: rotation && { ...rotation },
    };
  }
}

export class SettingsFaultDto {
  @UpstreamTextField({ description: 'Path in the file.', example: 'tenants[0].spid.clientSecret' })
  readonly path: string;

  @UpstreamTextField({
    description: 'What is wrong; never a value.',
    example: 'refers to a file that cannot be read (ENOENT)',
  })
  readonly reason: string;

  @UpstreamCountField({
    optional: true,
    description: 'Line in the file, from 1; absent where no place is known.',
    example: 9,
  })
  readonly line?: number;

  @UpstreamCountField({ optional: true, description: 'Column in that line, from 1.', example: 7 })
  readonly column?: number;

  @UpstreamTextField({
    optional: true,
    description: 'In whose entry it is: a tenant, caller or issuer by its name.',
    example: 'tenant north',
  })
  readonly owner?: string;
}

export class SettingsStateDto {
  @EnumField({
    name: 'SettingsStateWord',
    values: ['current', 'refused'],
    description: '`refused`: the settings file has errors; the previous settings are in force.',
  })
  readonly state: string;

  @TimeField({ description: 'When this state began.' })
  readonly since: string;

  @ApiProperty({
    type: [SettingsFaultDto],
    description:
      'Why the file was refused, at most 100 errors; empty for a caller that does not see all tenants.',
  })
  readonly faults: readonly SettingsFaultDto[];

  /** Errors may concern the settings of any tenant. */
  static from({ state, since, errors }: SettingsState, seesAllTenants: boolean): SettingsStateDto {
    const shown = seesAllTenants ? errors.slice(0, FAULTS_MAX) : [];
    return { state, since: since.toISOString(), faults: shown };
  }
}

/** A file of the wrong kind has an error on every line; the log has all of them. */
const FAULTS_MAX = 100;

export class UpstreamHealthListDto {
  @ApiProperty({
    type: [UpstreamHealthDto],
    description: 'One entry for each upstream of each tenant, from the start.',
  })
  readonly items: readonly UpstreamHealthDto[];

  @ApiProperty({
    type: [UpstreamBudgetDto],
    description: 'One entry for each vendor account used so far, if the caller may see all of its tenants.',
  })
  readonly budgets: readonly UpstreamBudgetDto[];

  @ApiProperty({ type: SettingsStateDto, description: 'The settings of this process.' })
  readonly settings: SettingsStateDto;
}
