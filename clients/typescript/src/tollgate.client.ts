import { REAL_SURROUNDINGS } from './call.clock.js';
import {
  type CallSettings,
  type GeneratedCall,
  type KeySettings,
  methodOf,
  type Result,
} from './call.method.js';
import { CallSender } from './call.sender.js';
import { checkedOptions, type TollgateOptions, wholeNumber } from './client.options.js';
import { createClient } from './generated/client/index.js';
import * as sdk from './generated/sdk.gen.js';
import type { OperationDto, Problem } from './generated/types.gen.js';
import { pollOutcome } from './outcome.poller.js';
import type { ProblemBody } from './problem.body.js';
import type { TollgateError } from './tollgate.errors.js';

export type * from './generated/types.gen.js';
export type { CallSettings, KeySettings, Result } from './call.method.js';
export type { InvalidField, ProblemBody } from './problem.body.js';
export type { ProblemCode } from './retry.policy.js';
export type { AttemptReport, TollgateOptions } from './client.options.js';
export * from './tollgate.errors.js';

type Generated = typeof sdk;

/** Names of the calls, which are the `operationId`s of the API. */
export type CallName = keyof Generated;

type Parts<Name extends CallName> = NonNullable<Parameters<Generated[Name]>[0]>;

type HeadersOf<Name extends CallName> = NonNullable<Parts<Name>['headers']>;

/** Set by this package. */
type OwnHeaders = 'Idempotency-Key' | 'Tollgate-Deadline-Ms' | 'Tollgate-Tenant';

/** Path, query and body of a call, as generated from the API document, and the settings of this package. */
export type CallOptions<Name extends CallName> = Pick<Parts<Name>, 'body' | 'path' | 'query'> &
  CallSettings &
  ('Idempotency-Key' extends keyof HeadersOf<Name> ? KeySettings : unknown) & {
    readonly headers?: Partial<Omit<HeadersOf<Name>, OwnHeaders>> & Readonly<Record<string, unknown>>;
  };

type Returned<Name extends CallName> = Awaited<ReturnType<Generated[Name]>>;

/** Response body of a call that succeeded. */
export type DataOf<Name extends CallName> = Exclude<Returned<Name>['data'], undefined>;

/** Optional where nothing in it is required. */
type Arguments<Options> = Partial<Options> extends Options ? [options?: Options] : [options: Options];

type Calls = {
  readonly [Name in CallName]: (...options: Arguments<CallOptions<Name>>) => Promise<Result<DataOf<Name>>>;
};

export interface WaitOptions extends Pick<CallSettings, 'tenant' | 'signal'> {
  /** Of the whole wait, in milliseconds; by default 5 minutes. */
  readonly deadlineMs?: number | undefined;
  /** Before the first poll, in milliseconds; by default 2 s. Further pauses are twice as long, up to a minute. */
  readonly pollMs?: number | undefined;
}

/** Every call of the API by its `operationId`, and the wait for an outcome. */
export interface Tollgate extends Calls {
  /**
   * Polls an operation until its `outcome` is `executed` or `not_executed`. Needs the scope `operations:read`. Then send
   * the write with the same key: it returns the response, or executes now.
   * @param operation its id, or the error that carries it; an error without one is thrown again
   * @throws OutcomeUnknownError when the deadline ends before, at once where a person has to decide or the operation
   * cannot be read (`cause` is why)
   */
  waitForOutcome(operation: string | TollgateError, options?: WaitOptions): Promise<OperationDto>;
}

/** @throws TypeError for options that cannot work */
export function createTollgate(options: TollgateOptions): Tollgate {
  const checked = checkedOptions(options);
  const { fetch = REAL_SURROUNDINGS.fetch } = checked;
  const surroundings = { ...REAL_SURROUNDINGS, fetch };
  const sender = new CallSender(surroundings);
  const means = { sender, client: createClient({ baseUrl: checked.baseUrl }), checked, surroundings };
  const calls = Object.entries(sdk).map(([name, generated]) => {
    return [name, methodOf(name, generated as unknown as GeneratedCall, means)] as const;
  });
  // The operation may be of another tenant than that of the client.
  const anyTenant = { ...means, checked: { ...checked, tenant: undefined } };
  const getOperation = methodOf('getOperation', sdk.getOperation as unknown as GeneratedCall, anyTenant);
  return {
    ...(Object.fromEntries(calls) as unknown as Calls),
    waitForOutcome: async (operation, { deadlineMs = 300_000, pollMs = 2_000, signal, tenant } = {}) => {
      const { operationId: id, idempotencyKey } =
        typeof operation === 'string' ? { operationId: operation, idempotencyKey: undefined } : operation;
      if (id === undefined) throw operation;
      wholeNumber('deadlineMs', deadlineMs);
      wholeNumber('pollMs', pollMs);
      const read = async (leftMs: number) => {
        const inTime = Math.ceil(Math.min(leftMs, checked.deadlineMs));
        const { data } = await getOperation({ path: { id }, signal, tenant, deadlineMs: inTime });
        return data as OperationDto;
      };
      const subject = { operationId: id, idempotencyKey };
      return pollOutcome(subject, read, { deadlineMs, pollMs, signal }, surroundings);
    },
  };
}

/** The hand-written type of a problem has the members of the API document. */
type Same = Problem extends ProblemBody ? (keyof ProblemBody extends keyof Problem ? true : never) : never;
true satisfies Same;
