import { ApiProperty } from '../../api.decorators.js';
import { upstreamOfAccount } from '../../../config/vendor.account.js';
import { UPSTREAM_NAMES } from '../../../config/upstream.names.js';
import type { MonitoredBudget } from '../../../upstreams/budget/metrics/budget.monitor.js';
import type { WaitSummary } from '../../../upstreams/budget/metrics/recent.waits.js';
import { EnumField, TextField, UpstreamCountField } from '../../fields/fields.js';

export class BudgetBreakerDto {
  @EnumField({
    name: 'BudgetBreakerState',
    values: ['closed', 'open', 'half-open'],
    description: '`open`: no calls are made; `half-open`: one probe at a time.',
  })
  readonly state: string;

  @EnumField({
    name: 'BudgetBreakerReason',
    values: ['throttled', 'failing'],
    nullable: true,
    description: '`throttled`: the vendor asked for a pause; `failing`: it does not respond, or with errors.',
  })
  readonly reason: string | null;

  @UpstreamCountField({ description: 'Until the next call, in milliseconds; 0 when closed.', example: 0 })
  readonly retryAfterMs: number;

  static from({ gate, gateReason, gateMs }: MonitoredBudget): BudgetBreakerDto {
    // Without calls nothing changes the state: when its time is over, the next call is the probe.
    const state = gate === 'open' && gateMs === 0 ? 'half-open' : gate;
    return { state, reason: gateReason ?? null, retryAfterMs: Math.ceil(gateMs) };
  }
}

export class BudgetRateDto {
  @UpstreamCountField({ description: 'Length of the window in milliseconds.', example: 1_000 })
  readonly windowMs: number;

  @UpstreamCountField({ description: 'Calls in any window, as set.', example: 10 })
  readonly limit: number;

  @UpstreamCountField({
    description: 'Calls in any window now: fewer after the vendor has throttled, or while Redis is away.',
    example: 7,
  })
  readonly allowed: number;

  @UpstreamCountField({ description: 'Calls that count in the current window.', example: 4 })
  readonly used: number;
}

export class BudgetPlacesDto {
  @UpstreamCountField({ description: 'Calls at the vendor at one time, as set.', example: 16 })
  readonly limit: number;

  @UpstreamCountField({ description: 'Calls at the vendor at one time, now.', example: 16 })
  readonly allowed: number;

  @UpstreamCountField({ description: 'Calls at the vendor.', example: 3 })
  readonly used: number;
}

export class BudgetWaitDto {
  @UpstreamCountField({
    description: 'Calls that got a place in the last minute, at most 512.',
    example: 128,
  })
  readonly calls: number;

  @UpstreamCountField({ description: 'Median of their waits, in milliseconds.', example: 0 })
  readonly p50Ms: number;

  @UpstreamCountField({ description: '99th percentile of their waits, in milliseconds.', example: 240 })
  readonly p99Ms: number;

  static from({ calls, p50Ms, p99Ms }: WaitSummary): BudgetWaitDto {
    return { calls, p50Ms: Math.round(p50Ms), p99Ms: Math.round(p99Ms) };
  }
}

export class BudgetClassDto {
  @UpstreamCountField({ description: 'Calls that wait for a place now.', example: 2 })
  readonly waiting: number;

  @ApiProperty({ type: BudgetWaitDto, description: 'How long calls of this process waited.' })
  readonly waits: BudgetWaitDto;
}

export class UpstreamBudgetDto {
  @TextField({
    maxLength: 64,
    example: 'import2:0f8b6c1e5a434d6b9a526e6f5d1c2b7a',
    description: 'Name of the vendor account, as in metrics and logs: a hash, without a secret.',
  })
  readonly account: string;

  @EnumField({ name: 'UpstreamName', values: UPSTREAM_NAMES, description: 'The third party.' })
  readonly upstream: string;

  @ApiProperty({
    type: [String],
    example: ['demo'],
    description: 'The tenants that share the account; empty when new settings no longer use it.',
  })
  readonly tenants: readonly string[];

  @EnumField({
    name: 'BudgetMode',
    values: ['shared', 'local', 'degraded'],
    description:
      'Where calls are counted. `shared`: over all replicas; `local`: in this process; `degraded`: Redis is away, ' +
      'and this process keeps to its own share.',
  })
  readonly mode: string;

  @ApiProperty({ type: BudgetBreakerDto, description: 'Whether calls are made at all.' })
  readonly breaker: BudgetBreakerDto;

  @ApiProperty({
    type: BudgetRateDto,
    nullable: true,
    description: 'Null for an account without a rate limit.',
  })
  readonly rate: BudgetRateDto | null;

  @ApiProperty({ type: BudgetPlacesDto, description: 'Concurrency.' })
  readonly places: BudgetPlacesDto;

  @ApiProperty({ type: BudgetClassDto, description: 'Calls for requests of callers.' })
  readonly interactive: BudgetClassDto;

  @ApiProperty({ type: BudgetClassDto, description: 'Calls of the gateway itself, such as probes.' })
  readonly background: BudgetClassDto;

  static from(budget: MonitoredBudget, tenants: readonly string[]): UpstreamBudgetDto {
    const { account, mode, limits, effectiveRate, effectivePlaces, placesUsed, slotsUsed } = budget;
    const { waiting, waits } = budget;
    return {
      account,
      upstream: upstreamOfAccount(account),
      tenants,
      mode,
      breaker: BudgetBreakerDto.from(budget),
      rate: limits.rate
        ? {
            windowMs: limits.rate.windowMs,
            limit: limits.rate.calls,
            allowed: effectiveRate ?? limits.rate.calls,
            used: slotsUsed,
          }
        : null,
      places: { limit: limits.places, allowed: effectivePlaces, used: placesUsed },
      interactive: { waiting: waiting.interactive, waits: BudgetWaitDto.from(waits.interactive) },
      background: { waiting: waiting.background, waits: BudgetWaitDto.from(waits.background) },
    };
  }
}
