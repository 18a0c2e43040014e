import type { buildConnector } from 'undici';

/**
 * How every connection to an upstream is made. All of it is said, although it is the default today: an option outranks
 * `NODE_TLS_REJECT_UNAUTHORIZED` and `--tls-min-v1.0`, with which an environment could undo it unseen.
 */
export function connectionRules(timeoutMs: number, ca?: string): buildConnector.BuildOptions {
  return {
    timeout: timeoutMs,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
  };
}
