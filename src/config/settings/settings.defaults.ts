import type {
  CallerLimit,
  EvidenceSettings,
  LedgerRetention,
  UpstreamTimeouts,
  WebhookSettings,
} from './settings.js';

/**
 * What holds where the settings file says nothing. Only for values that are safe to guess; whose zone, which host and
 * whether answers are signed is never guessed.
 */
export const SETTINGS_DEFAULTS: {
  readonly spidTimeouts: UpstreamTimeouts;
  readonly import2Timeouts: UpstreamTimeouts;
  readonly connections: number;
  readonly callerLimit: CallerLimit;
  readonly tokenLeewaySeconds: number;
  readonly ledgerRetention: LedgerRetention;
  readonly ledgerLeaseMs: number;
  readonly evidence: EvidenceSettings;
  readonly webhookWindow: Pick<WebhookSettings, 'maxAgeSeconds' | 'clockSkewSeconds'>;
} = {
  // SPiD's own Java client gives up after 6 s (SPiD A4). 10 s leave room for one repeat of a read; callers that wait
  // longer have usually hung up.
  spidTimeouts: { attemptMs: 6_000, totalMs: 10_000 },
  // Import2 visits the destination tool while we wait (Import2 E2). Shorter times would turn slow successes into
  // operations with an unknown outcome.
  import2Timeouts: { attemptMs: 20_000, totalMs: 25_000 },
  // Per tenant, upstream and replica: 16 calls of 0.2 s are 80 calls/s. More would only queue at the vendor; fewer
  // would make callers wait while the vendor is idle.
  connections: 16,
  // Far above what one internal service needs, low enough that one in a loop leaves room for the others.
  callerLimit: { requests: 100, perSeconds: 1 },
  // Machines that keep time by NTP differ by far less; a token is stolen for hours, not for half a minute.
  tokenLeewaySeconds: 30,
  // Rows for a year and a month, so that yearly questions can be asked in time; keys far longer than any client
  // repeats.
  ledgerRetention: { operationDays: 400, keyDays: 30 },
  // More than twice the longest call. Callers of a dead process hear "still running" for so long.
  ledgerLeaseMs: 60_000,
  // One read before a grant makes it safe to repeat and lets evidence decide what was lost. Handouts are the hot path
  // and no count proves one, so there the read would only inform a person.
  evidence: { snapshots: 'on' },
  // 10 s is the vendor's own intention (Import2 E4): a copy is of no use after that. Machines with NTP differ by far
  // less than 5 s; without any allowance a clock of ours that lags would lose events for good.
  webhookWindow: { maxAgeSeconds: 10, clockSkewSeconds: 5 },
};
