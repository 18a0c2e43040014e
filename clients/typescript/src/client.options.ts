/** How a service reaches the gateway. */
export interface TollgateOptions {
  /** Where the gateway is, such as `https://tollgate.internal` or `https://internal/gateway`. */
  readonly baseUrl: string;
  /** The key of the service, or what reads it: it is called for each attempt, so that a replaced key is used at once. */
  readonly key: string | (() => string | Promise<string>);
  /** The tenant to act for, where the key has several. */
  readonly tenant?: string | undefined;
  /**
   * Of all attempts and pauses of one call together, in milliseconds. The gateway gets what is left of it, so it refuses in
   * time what cannot be done. Default 45000, which a slow write of a vendor needs.
   */
  readonly deadlineMs?: number | undefined;
  /** Attempts of one call in all. Default 4. */
  readonly attempts?: number | undefined;
  /** In place of the global one, for example with connections of its own. It must not repeat anything by itself. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** Called at the end of each attempt, for logs and metrics; what it throws, or rejects with, is ignored. */
  readonly onAttempt?: ((attempt: AttemptReport) => unknown) | undefined;
}

/** One attempt of a call, to log. It has nothing that is secret. */
export interface AttemptReport {
  readonly call: string;
  /** From 1. */
  readonly attempt: number;
  readonly requestId: string;
  readonly idempotencyKey: string | undefined;
  /** Undefined without a response. */
  readonly status: number | undefined;
  /** Of the problem, like `outcome` and `operationId`. */
  readonly code: string | undefined;
  readonly outcome: string | undefined;
  readonly operationId: string | undefined;
  readonly durationMs: number;
}

export interface CheckedOptions {
  readonly baseUrl: string;
  readonly key: () => string | Promise<string>;
  readonly tenant: string | undefined;
  readonly deadlineMs: number;
  readonly attempts: number;
  readonly fetch: ((request: Request) => Promise<Response>) | undefined;
  readonly onAttempt: ((attempt: AttemptReport) => unknown) | undefined;
}

/** @throws TypeError without any value of the options, which may be secret */
export function checkedOptions(options: TollgateOptions): CheckedOptions {
  const { baseUrl, key, tenant, deadlineMs = 45_000, attempts = 4, fetch, onAttempt } = options;
  if (typeof key !== 'function' && (typeof key !== 'string' || key.trim() === '')) {
    throw new TypeError('key: must be the key of the service, or a function that returns it');
  }
  return {
    baseUrl: checkedUrl(baseUrl),
    key: typeof key === 'function' ? key : () => key,
    tenant,
    deadlineMs: wholeNumber('deadlineMs', deadlineMs),
    attempts: wholeNumber('attempts', attempts),
    fetch,
    onAttempt,
  };
}

function checkedUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password;
  if (!isPlain || url.search !== '' || url.hash !== '') {
    throw new TypeError('baseUrl: must be an http or https URL without credentials, query and fragment');
  }
  // Not `href`: it keeps the mark of an empty query.
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

/** @throws TypeError for anything else than a whole number from 1 */
export function wholeNumber(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new TypeError(`${name}: must be a whole number from 1`);
  return value;
}
