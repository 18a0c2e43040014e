import type { Secret } from '../secrets/secret.js';
import { SPID_TIMEOUTS, type UpstreamTimeouts } from '../upstream.timeouts.js';
import { About, Form } from '../fields/field.schema.js';
import { BaseUrl, Certificates, SecretField, TimeZone } from '../fields/parsed.fields.js';
import type { SettingsChecks } from './settings.checks.js';
import { Mapping, Optional, StringField, WholeNumber, Word } from '../fields/settings.fields.js';
import { checkBudget, checkTimeouts, CONNECTIONS, UpstreamBudget } from './upstream.settings.js';

@Form({ example: '{ attemptMs: 6000, totalMs: 10000 }' })
export class SpidTimeouts implements UpstreamTimeouts {
  @About(
    "One attempt, from the first byte sent to the last byte of the response. SPiD's own Java client gives up after 6 s.",
  )
  @WholeNumber(100, 120_000, 'milliseconds')
  readonly attemptMs: number = SPID_TIMEOUTS.attemptMs;

  @About(
    'The whole call: waiting for a place and a connection, the attempts and the pauses between them. 10 s leave room for one retry of a read.',
  )
  @WholeNumber(100, 120_000, 'milliseconds')
  readonly totalMs: number = SPID_TIMEOUTS.totalMs;
}

/** The longest age of a cached response that any setting allows: how long a purchase made at SPiD itself may stay unseen. */
export const CACHE_MAX_AGE_SECONDS_MAX = 300;

/** How long, and how many, results of entitlement checks are kept for callers that accept cached ones. */
@Form({ example: '{ maxAgeSeconds: 30 }' })
export class SpidCache {
  @About('No cached response is older, whatever the caller accepts; 0: nothing is cached.')
  @WholeNumber(0, CACHE_MAX_AGE_SECONDS_MAX, 'seconds')
  readonly maxAgeSeconds: number = 30;

  @About('The same for `granted: false`, which a buyer waits to see change; 0: always fresh.')
  @WholeNumber(0, 5, 'seconds')
  readonly notGrantedMaxAgeSeconds: number = 0;

  @About('Results kept at most, in each replica: about 0.5 kB each.')
  @WholeNumber(1, 1_000_000, 'results')
  readonly entries: number = 50_000;
}

@Form({
  example:
    '{ baseUrl: https://login.schibsted.com, clientId: (id), clientSecret: { file: spid-secret }, timeZone: Europe/Oslo }',
  rules: { dependencies: { signatureSecret: ['signedAnswers'] } },
})
export class SpidSettings {
  @About('Origin of the SPiD environment, without `/api/2`, for example `https://login.schibsted.com`.')
  @BaseUrl('none')
  readonly baseUrl: string;

  @About('The id of the client at SPiD, in quotes where it has digits only.')
  @StringField(/^[\x21-\x39\x3b-\x7e]{1,128}$/, "1 to 128 visible ASCII characters without ':'")
  readonly clientId: string;

  @About('The secret of the client.')
  @SecretField()
  readonly clientSecret: Secret;

  @About('Key of signed responses; differs from the client secret (SPiD A7).')
  @Optional()
  @SecretField()
  readonly signatureSecret?: Secret;

  @About(
    '`required`: a response without a valid signature is refused. `accepted`: verified when there is one. Always set beside `signatureSecret`: whether an unsigned response may pass is a decision about security, so it has no default.',
  )
  @Optional()
  @Word(['required', 'accepted'])
  readonly signedAnswers?: 'required' | 'accepted';

  @About("IANA zone of SPiD's zoneless times (SPiD A8), for example `Europe/Oslo`.")
  @TimeZone()
  readonly timeZone: string;

  @About('Time limits of calls.')
  @Mapping(() => SpidTimeouts)
  readonly timeouts: UpstreamTimeouts = new SpidTimeouts();

  @About('Sockets kept open at most.')
  @WholeNumber(1, 256, 'connections')
  readonly connections: number = CONNECTIONS.spid;

  @About('Left out: no rate limit, and as many calls at one time as `connections`.')
  @Optional()
  @Mapping(() => UpstreamBudget)
  readonly budget?: UpstreamBudget;

  @About(
    'How long, and how many, results of entitlement checks are kept for callers that accept cached ones.',
  )
  @Mapping(() => SpidCache)
  readonly cache: SpidCache = new SpidCache();

  @About('Certificates of a private authority, as PEM, trusted in place of the public ones.')
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
