import type { FastifyRequest } from 'fastify';
import { isIP } from 'node:net';

/** Where a request came from, unverified. */
export interface RequestSource {
  /** Address of the other end of the connection. */
  readonly peer: string;
  /** All `X-Forwarded-For` headers, joined by commas; as long as the headers of a request may be. */
  readonly forwardedFor?: string;
}

export function sourceOf({ headers, socket }: FastifyRequest): RequestSource {
  const forwardedFor = headers['x-forwarded-for'];
  return {
    // Undefined once the client has gone.
    peer: socket.remoteAddress ?? 'unknown',
    ...(forwardedFor !== undefined && { forwardedFor: String(forwardedFor) }),
  };
}

/**
 * The address of the client: the rightmost entry of `X-Forwarded-For` that is not a trusted proxy. Entries to its left can
 * be forged by the client. An entry that is not an address ends the search at the proxy that forwarded it.
 */
export function clientAddressOf(
  { peer, forwardedFor }: RequestSource,
  isTrusted: (address: string) => boolean,
): string {
  let client = withoutMapping(peer);
  const entries = forwardedFor?.split(',') ?? [];
  while (entries.length > 0 && isTrusted(client)) {
    const next = addressIn(entries.pop() ?? '');
    if (next === undefined) break;
    client = next;
  }
  return client;
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function addressIn(entry: string): string | undefined {
  const text = entry.trim();
  const [, bracketed, plain] = /^\[([^\]]*)\](?::\d+)?$|^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? text;
  return isIP(address) === 0 ? undefined : withoutMapping(address);
}

/** A socket of both families shows IPv4 as `::ffff:192.0.2.1`. */
function withoutMapping(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}
