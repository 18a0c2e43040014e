import type { ApiOperation } from './api.document.js';

/** One request of the run, with all that is needed to send it again. */
export type PlannedRequest = HttpRequest | RawRequest;

export interface HttpRequest {
  readonly kind: 'http';
  /** What it was made from; undefined when the path or the method is none of the API's. */
  readonly operation: ApiOperation | undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer | undefined;
  /** Whether the body goes out without its length, an empty one too. */
  readonly chunked: boolean;
}

export interface RawRequest {
  readonly kind: 'raw';
  /** Written one after the other. */
  readonly writes: readonly Buffer[];
}

/** A response as it was received. */
export interface ReceivedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
