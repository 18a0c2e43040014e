import type { HangUp } from '../../telemetry/hang.up.js';
import type { RequestContext } from '../../telemetry/request.context.js';
import type { VendorQuota } from './budget.outcome.js';
import type { CallBounds } from './call.bounds.js';

/** One vendor call as sent. */
export interface UpstreamCall {
  /** Name for logs, for example `product_grant`. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path under the base URL, query included; build it with `path` and `queryOf`. */
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** May be executed twice without harm: reads and token fetches. */
  readonly safe: boolean;
  /** Several requests may wait for it, so neither the deadline of one nor its end concerns the call. */
  readonly isForAll?: boolean;
}

/** The call without which nothing of a write is sent: of a write that begins with a read that decides, that read. */
export type FirstCall = Pick<UpstreamCall, 'operation' | 'safe' | 'isForAll'>;

/** The vendor's response, unparsed. */
export interface UpstreamResponse {
  readonly status: number;
  readonly contentType: string;
  /** Milliseconds of a valid `Retry-After`; undefined without one. */
  readonly retryAfterMs?: number | undefined;
  /** At most `RESPONSE_BYTES_MAX`. */
  readonly body: Buffer;
}

export type CredentialHeaders = Readonly<Record<string, string>>;

/** Supplies the credential and reads the response. */
export interface UpstreamExchange<T> {
  /** Headers with the credential. Called once per call and not retried here: fetching a credential has its own retries. */
  authorize(): Promise<CredentialHeaders> | CredentialHeaders;
  /**
   * @param report takes the vendor's own counters, where the response has some
   * @throws UpstreamError
   */
  read(response: UpstreamResponse, report: (quota: VendorQuota) => void): T;
}

/** One call with everything that its attempts share. */
export interface RunningCall<T> {
  readonly call: UpstreamCall;
  readonly exchange: UpstreamExchange<T>;
  readonly bounds: CallBounds;
  readonly credential: CredentialHeaders;
  readonly context: RequestContext | undefined;
  readonly hungUp: HangUp | undefined;
}
