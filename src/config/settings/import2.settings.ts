import type { Secret } from '../secrets/secret.js';
import { IMPORT2_TIMEOUTS, type UpstreamTimeouts } from '../upstream.timeouts.js';
import { About, Form } from '../fields/field.schema.js';
import { BaseUrl, Certificates, SecretField } from '../fields/parsed.fields.js';
import type { SettingsChecks } from './settings.checks.js';
import { Mapping, Optional, WholeNumber } from '../fields/settings.fields.js';
import { checkBudget, checkTimeouts, CONNECTIONS, UpstreamBudget } from './upstream.settings.js';
import { checkWebhook, WebhookSettings } from './webhook.settings.js';

@Form({ example: '{ attemptMs: 20000, totalMs: 25000 }' })
export class Import2Timeouts implements UpstreamTimeouts {
  @About(
    'One attempt, from the first byte sent to the last byte of the response. Import2 calls the destination tool meanwhile: a shorter time would turn slow successes into unknown outcomes.',
  )
  @WholeNumber(100, 120_000, 'milliseconds')
  readonly attemptMs: number = IMPORT2_TIMEOUTS.attemptMs;

  @About('The whole call: waiting for a place and a connection, the attempts and the pauses between them.')
  @WholeNumber(100, 120_000, 'milliseconds')
  readonly totalMs: number = IMPORT2_TIMEOUTS.totalMs;
}

@Form({ example: '{ baseUrl: https://www.import2.com/api/v2.1, apiToken: { file: import2-token } }' })
export class Import2Settings {
  @About('With its version segment, for example `https://www.import2.com/api/v2.1` or `.../api/sandbox`.')
  @BaseUrl('required')
  readonly baseUrl: string;

  @About('The API token of this account.')
  @SecretField()
  readonly apiToken: Secret;

  @About('Time limits of calls.')
  @Mapping(() => Import2Timeouts)
  readonly timeouts: UpstreamTimeouts = new Import2Timeouts();

  @About('Sockets kept open at most.')
  @WholeNumber(1, 256, 'connections')
  readonly connections: number = CONNECTIONS.import2;

  @About('Without a rate: 10 requests per second over all endpoints, the limit of each account (Import2 E1).')
  @Optional()
  @Mapping(() => UpstreamBudget)
  readonly budget?: UpstreamBudget;

  @About('Certificates of a private authority, as PEM, trusted in place of the public ones.')
  @Certificates()
  readonly ca?: string;

  @About("Left out: this tenant's webhooks are refused, and polling is the only source of its steps.")
  @Optional()
  @Mapping(() => WebhookSettings)
  readonly webhook?: WebhookSettings;
}

export function checkImport2(import2: Import2Settings, path: string, checks: SettingsChecks): void {
  checkTimeouts(import2.timeouts, IMPORT2_TIMEOUTS, `${path}.timeouts`, checks);
  checkBudget(import2, path, checks);
  if (import2.webhook) checkWebhook(import2.webhook, `${path}.webhook`, checks);
}
