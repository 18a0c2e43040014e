import type { AccountLimits } from '../../config/vendor.limits.js';
import type { RequestContext } from '../../telemetry/request.context.js';
import {
  type AccountBudget,
  BudgetRefusedError,
  type BudgetRequest,
  type Grant,
} from '../budget/budget.types.js';
import type { FirstCall, UpstreamCall } from './upstream.call.js';
import { NotAdmittedError, type UpstreamName } from './upstream.errors.js';

/** The budget that the calls of a client count for, as the settings have it now. */
export interface ChannelAccount {
  readonly budget: AccountBudget;
  readonly limits: AccountLimits;
}

/** The gateway itself as a caller: probes, polling, trials of credentials, and what several callers wait for. */
const GATEWAY = { caller: 'tollgate', weight: 1 } as const;

export interface PlaceRequest {
  readonly waitMs: number;
  readonly isRetry: boolean;
  readonly probeMs: number | undefined;
}

/** Takes a place in the budget of the vendor account for each attempt. */
export class AccountPlaces {
  constructor(
    private readonly upstream: UpstreamName,
    private readonly account: () => ChannelAccount,
  ) {}

  /**
   * At once where the account is counted in this process and has a place.
   * @throws NotAdmittedError as soon as it is known that there is no place in time
   */
  take(call: UpstreamCall, context: RequestContext | undefined, asked: PlaceRequest): Grant | Promise<Grant> {
    const account = this.account();
    const request = { ...sharerOf(call, context), operation: call.operation, ...asked };
    const place = account.budget.acquire(request, call.isForAll ? undefined : context?.hungUp);
    if (place instanceof Promise) return this.#waited(call, context, { account, place });
    if (context) this.#notePolicy(context, account);
    return place;
  }

  /** What `take` would throw now; undefined where that is not known. Takes no place. */
  refusal(
    call: FirstCall,
    context: RequestContext | undefined,
    asked: PlaceRequest,
  ): NotAdmittedError | undefined {
    const account = this.account();
    const refusal = account.budget.refusal({
      ...sharerOf(call, context),
      operation: call.operation,
      ...asked,
    });
    if (!refusal) return undefined;
    if (context) this.#notePolicy(context, account);
    return this.#notAdmitted(call, refusal);
  }

  async #waited(
    call: UpstreamCall,
    context: RequestContext | undefined,
    { account, place }: { readonly account: ChannelAccount; readonly place: Promise<Grant> },
  ): Promise<Grant> {
    try {
      return await place;
    } catch (error) {
      throw error instanceof BudgetRefusedError ? this.#notAdmitted(call, error) : error;
    } finally {
      if (context) this.#notePolicy(context, account);
    }
  }

  #notAdmitted({ operation }: FirstCall, { reason, retryAfterMs }: BudgetRefusedError): NotAdmittedError {
    const details = {
      upstream: this.upstream,
      operation,
      reason: `not admitted by the budget: ${reason}`,
    };
    return new NotAdmittedError(reason, retryAfterMs, details);
  }

  #notePolicy(context: RequestContext, account: ChannelAccount): void {
    if (account.limits.rate) notePolicy(context, this.upstream, account);
  }
}

function sharerOf(
  { isForAll = false }: Pick<UpstreamCall, 'isForAll'>,
  context: RequestContext | undefined,
): Pick<BudgetRequest, 'caller' | 'weight' | 'callClass'> {
  // Callers wait for it.
  if (isForAll && context?.share) return { ...GATEWAY, callClass: 'interactive' };
  if (context?.share) return { ...context.share, callClass: 'interactive' };
  return { ...GATEWAY, callClass: 'background' };
}

/** The limit as the vendor has it, lowered while the vendor throttles. */
function notePolicy(
  context: RequestContext,
  name: string,
  { budget, limits: { rate } }: ChannelAccount,
): void {
  if (!rate) return;
  const { effectiveRate = rate.calls, slotsUsed, gateMs } = budget.snapshot();
  const remaining = gateMs > 0 ? 0 : Math.max(0, Math.floor(effectiveRate) - slotsUsed);
  context.upstreamPolicy = {
    name,
    quota: Math.max(1, Math.floor(effectiveRate)),
    windowSeconds: rate.windowMs / 1_000,
    remaining,
    ...(remaining < effectiveRate && {
      secondsToReset: Math.ceil((gateMs > 0 ? gateMs : rate.windowMs) / 1_000),
    }),
  };
}
