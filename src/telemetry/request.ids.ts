import { randomUUID } from 'node:crypto';

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The `X-Request-Id` of the caller when valid (1 to 128 characters), else a new UUID. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && REQUEST_ID.test(header) ? header : randomUUID();
}

/** The trace id of a valid W3C `traceparent`. */
export function traceIdOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header.length <= 256 ? TRACEPARENT.exec(header)?.[1] : undefined;
}
