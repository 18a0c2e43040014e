import type { FastifyReply } from 'fastify';
import { secretFilter } from '../../telemetry/masking/secret.filter.js';
import { isSecurityHeader } from './security.headers.js';

type HeaderValue = number | string | string[];

/**
 * Masks secrets in a response, headers included, as a second line of defence: responses are built from named fields, and
 * of vendors' text only titles, names and descriptions are passed on. Call it after every step that sets headers. Returns
 * the payload to send.
 */
export function maskResponse(reply: FastifyReply, payload: unknown): unknown {
  maskHeaders(reply);
  // Any other payload is a file of /docs, which is published in its package.
  if (typeof payload !== 'string') return payload;
  const masked = secretFilter.text('answer', payload);
  // A length that was already set includes the secret.
  if (masked !== payload) reply.removeHeader('content-length');
  return masked;
}

/** One search for all headers, and one each only where it finds something. */
function maskHeaders(reply: FastifyReply): void {
  const headers = reply.getHeaders() as Record<string, HeaderValue | undefined>;
  let searched = '';
  for (const name in headers) {
    const value = headers[name];
    // Constants of ours, more than half of all that there is to search.
    if (value === undefined || isSecurityHeader(name, value)) continue;
    searched += Array.isArray(value) ? `${value.join('\n')}\n` : `${value}\n`;
  }
  if (!secretFilter.holds('answer', searched)) return;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const masked = maskedHeader(value);
    if (masked === value) continue;
    // Values of set-cookie are added, not replaced.
    reply.removeHeader(name);
    void reply.header(name, masked);
  }
}

/** Returns the same object when nothing was masked. */
function maskedHeader(value: HeaderValue): HeaderValue {
  if (!Array.isArray(value)) {
    const text = String(value);
    const masked = secretFilter.text('answer', text);
    return masked === text ? value : masked;
  }
  const masked = value.map((each) => secretFilter.text('answer', each));
  return masked.every((each, at) => each === value[at]) ? value : masked;
}
