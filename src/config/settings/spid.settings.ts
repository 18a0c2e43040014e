import type { Secret } from '../secret.js';
import { SPID_TIMEOUTS, type UpstreamTimeouts } from '../upstream.timeouts.js';
import { CACHE_MAX_AGE_SECONDS_MAX } from './access.settings.js';
import { BaseUrl, Certificates, SecretField, TimeZone } from './parsed.fields.js';
import type { SettingsChecks } from './settings.checks.js';
import { Mapping, Optional, Text, WholeNumber, Word } from './settings.fields.js';
import { checkBudget, checkTimeouts, CONNECTIONS, UpstreamBudget } from './upstream.settings.js';

export class SpidTimeouts implements UpstreamTimeouts {
  @WholeNumber(100, 120_000)
  readonly attemptMs: number = SPID_TIMEOUTS.attemptMs;

  @WholeNumber(100, 120_000)
  readonly totalMs: number = SPID_TIMEOUTS.totalMs;
}

/** How long, and how many, results of entitlement checks are kept for callers that accept cached ones. */
export class SpidCache {
  /** No cached response is older, whatever the caller accepts; 0: nothing is cached. */
  @WholeNumber(0, CACHE_MAX_AGE_SECONDS_MAX)
  readonly maxAgeSeconds: number = 30;

  /** The same for `granted: false`, which a buyer waits to see change; 0: always fresh. */
  @WholeNumber(0, 5)
  readonly notGrantedMaxAgeSeconds: number = 0;

  /** Results kept at most, in each replica: about 0.5 kB each. */
  @WholeNumber(1, 1_000_000)
  readonly entries: number = 50_000;
}

export class SpidSettings {
  /** Origin of the SPiD environment, without `/api/2`, for example `https://login.schibsted.com`. */
  @BaseUrl('none')
  readonly baseUrl: string;

  @Text(/^[\x21-\x39\x3b-\x7e]{1,128}$/, "1 to 128 visible ASCII characters without ':'")
  readonly clientId: string;

  @SecretField()
  readonly clientSecret: Secret;

  /** Key of signed responses; differs from the client secret (SPiD A7). */
  @Optional()
  @SecretField()
  readonly signatureSecret?: Secret;

  /**
   * `required`: a response without a valid signature is refused. `accepted`: verified when there is one. Always set beside
   * `signatureSecret`: whether an unsigned response may pass is a decision about security, so it has no default.
   */
  @Optional()
  @Word(['required', 'accepted'])
  readonly signedAnswers?: 'required' | 'accepted';

  /** IANA zone of SPiD's zoneless times (SPiD A8), for example `Europe/Oslo`. */
  @TimeZone()
  readonly timeZone: string;

  @Mapping(() => SpidTimeouts)
  readonly timeouts: UpstreamTimeouts = new SpidTimeouts();

  /** Sockets kept open at most. */
  @WholeNumber(1, 256)
  readonly connections: number = CONNECTIONS.spid;

  /** Left out: no rate limit, and as many calls at one time as `connections`. */
  @Optional()
  @Mapping(() => UpstreamBudget)
  readonly budget?: UpstreamBudget;

  @Mapping(() => SpidCache)
  readonly cache: SpidCache = new SpidCache();

  /** Certificates of a private authority, as PEM, trusted in place of the public ones. */
  @Certificates()
  readonly ca?: string;
}

export function checkSpid(spid: SpidSettings, path: string, checks: SettingsChecks): void {
  checkTimeouts(spid.timeouts, SPID_TIMEOUTS, `${path}.timeouts`, checks);
  checkBudget(spid, path, checks);
  if (spid.signatureSecret !== undefined && spid.signedAnswers === undefined) {
    checks.report.error(
      `${path}.signedAnswers`,
      'must state, beside signatureSecret, whether signed responses are required or accepted',
    );
  }
  if (spid.signatureSecret === undefined && spid.signedAnswers === 'required') {
    checks.report.error(`${path}.signatureSecret`, 'is needed when signed responses are required');
  }
}
