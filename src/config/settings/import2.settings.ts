import type { Secret } from '../secret.js';
import { IMPORT2_TIMEOUTS, type UpstreamTimeouts } from '../upstream.timeouts.js';
import { BaseUrl, Certificates, SecretField } from './parsed.fields.js';
import type { SettingsChecks } from './settings.checks.js';
import { Mapping, Optional, WholeNumber } from './settings.fields.js';
import { checkBudget, checkTimeouts, CONNECTIONS, UpstreamBudget } from './upstream.settings.js';
import { checkWebhook, WebhookSettings } from './webhook.settings.js';

export class Import2Timeouts implements UpstreamTimeouts {
  @WholeNumber(100, 120_000)
  readonly attemptMs: number = IMPORT2_TIMEOUTS.attemptMs;

  @WholeNumber(100, 120_000)
  readonly totalMs: number = IMPORT2_TIMEOUTS.totalMs;
}

export class Import2Settings {
  /** With its version segment, for example `https://www.import2.com/api/v2.1` or `.../api/sandbox`. */
  @BaseUrl('required')
  readonly baseUrl: string;

  @SecretField()
  readonly apiToken: Secret;

  @Mapping(() => Import2Timeouts)
  readonly timeouts: UpstreamTimeouts = new Import2Timeouts();

  /** Sockets kept open at most. */
  @WholeNumber(1, 256)
  readonly connections: number = CONNECTIONS.import2;

  /** Without a rate: 10 requests per second over all endpoints, the limit of each account (Import2 E1). */
  @Optional()
  @Mapping(() => UpstreamBudget)
  readonly budget?: UpstreamBudget;

  /** Certificates of a private authority, as PEM, trusted in place of the public ones. */
  @Certificates()
  readonly ca?: string;

  /** Left out: this tenant's webhooks are refused, and polling is the only source of its steps. */
  @Optional()
  @Mapping(() => WebhookSettings)
  readonly webhook?: WebhookSettings;
}

export function checkImport2(import2: Import2Settings, path: string, checks: SettingsChecks): void {
  checkTimeouts(import2.timeouts, IMPORT2_TIMEOUTS, `${path}.timeouts`, checks);
  checkBudget(import2, path, checks);
  if (import2.webhook) checkWebhook(import2.webhook, `${path}.webhook`, checks);
}
