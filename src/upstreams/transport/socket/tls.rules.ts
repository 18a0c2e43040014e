import type { buildConnector } from 'undici';

/**
 * Options of every connection to an upstream. They equal the defaults, but an explicit option takes precedence over
 * `NODE_TLS_REJECT_UNAUTHORIZED` and `--tls-min-v1.0`, with which an environment could weaken TLS unnoticed.
 */
export function connectionRules(timeoutMs: number, ca?: string): buildConnector.BuildOptions {
  return {
    timeout: timeoutMs,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
  };
}
