import type { FastifyReply, FastifyRequest } from 'fastify';
import { servedRouteOf } from './served.route.js';

/** Responses are data: if a browser shows one, nothing in it may run, load or be framed. */
const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The page at /docs loads scripts and images from this gateway only, and calls only this gateway. Styles may be inline,
 * because Swagger UI writes style elements and attributes; scripts may not.
 */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * On every response. Strict-Transport-Security belongs to the proxy that terminates TLS: browsers ignore it over plain
 * HTTP, and it would apply to other services of the same host name.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': DATA_POLICY,
  // Rights of callers change, and voucher codes must not be cached.
  'cache-control': 'no-store',
};

const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  'content-security-policy': PAGE_POLICY,
};

/** Also on refusals. The files of /docs set their own cache-control. */
export function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers(servedRouteOf(request).isPage ? PAGE_HEADERS : SECURITY_HEADERS);
}

/** Whether a header has the value that `setSecurityHeaders` gave it. */
export function isSecurityHeader(name: string, value: unknown): boolean {
  return value === SECURITY_HEADERS[name] || value === PAGE_HEADERS[name];
}
