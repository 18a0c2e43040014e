import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../../problems/problem.error.js';
import type { LingeringClose } from './lingering.close.js';
import { servedRouteOf } from '../served.route.js';

/** Refused when repeated: a proxy and this server could each use another one. */
const AT_MOST_ONCE = ['host', 'transfer-encoding', 'content-type'] as const;

/** Of these names: nearly all other headers are passed over by their length. */
const LENGTHS: ReadonlySet<number> = new Set(AT_MOST_ONCE.map(({ length }) => length));

/** For routes that take raw bodies, where the content type is not used. */
const FRAMING = ['host', 'transfer-encoding'] as const;

/**
 * Why a proxy and this server could parse this request differently, which request smuggling exploits; undefined when they
 * cannot. Covers what Node's parser accepts, or refuses without a problem.
 */
export function ambiguityOf(
  { httpVersion, rawHeaders }: Pick<IncomingMessage, 'httpVersion' | 'rawHeaders'>,
  atMostOnce: readonly (typeof AT_MOST_ONCE)[number][] = AT_MOST_ONCE,
): string | undefined {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'Send HTTP/1.1.';
  const found: Partial<Record<string, string>> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const header = rawHeaders[at] ?? '';
    if (!LENGTHS.has(header.length)) continue;
    const name = atMostOnce.find((each) => each === header.toLowerCase());
    if (name === undefined) continue;
    if (found[name] !== undefined) return `The header ${name} is sent twice.`;
    found[name] = rawHeaders[at + 1] ?? '';
  }
  if (httpVersion === '1.1' && found['host'] === undefined) return 'The header host is missing.';
  const coding = found['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (httpVersion === '1.0') return 'HTTP/1.0 has no transfer-encoding.';
  return coding.toLowerCase() === 'chunked' ? undefined : 'The only transfer-encoding served is chunked.';
}

/** Refuses such a request with 400 and closes the connection, because the start of the next request is uncertain. */
export function refusalOfAmbiguous(
  request: FastifyRequest,
  reply: FastifyReply,
  closing: LingeringClose,
): ProblemError | undefined {
  const reason = ambiguityOf(request.raw, servedRouteOf(request).takesRawBody ? FRAMING : AT_MOST_ONCE);
  if (reason === undefined) return undefined;
  closing.arrange(request.raw.socket);
  void reply.header('connection', 'close');
  return new ProblemError('validation-failed', reason);
}
