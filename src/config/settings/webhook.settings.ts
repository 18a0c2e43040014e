import { hash } from 'node:crypto';
import type { Secret } from '../secrets/secret.js';
import { About, Form, required } from '../fields/field.schema.js';
import { SecretField } from '../fields/parsed.fields.js';
import type { SettingsChecks } from './settings.checks.js';
import { Flag, Optional, WholeNumber } from '../fields/settings.fields.js';

/** How a webhook event is proved to be Import2's (Import2 E4). */
@Form({
  example: '{ secret: { file: import2-webhook-secret } }',
  rules: {
    anyOf: [required('secret'), required('acceptUnsigned', { const: true })],
    dependencies: { previousSecret: ['secret'] },
  },
})
export class WebhookSettings {
  @About('Absent only where `acceptUnsigned` is true.')
  @Optional()
  @SecretField()
  readonly secret?: Secret;

  @About("Valid as well, so that no event is lost while Import2's staff exchange one for the other.")
  @Optional()
  @SecretField()
  readonly previousSecret?: Secret;

  @About('True only without a secret: anyone who knows the address can then send any event.')
  @Flag()
  readonly acceptUnsigned: boolean = false;

  @About(
    "How old an event may be by its own timestamp. 10 s is the vendor's own intention (Import2 E4): a copy is useless after that.",
  )
  @WholeNumber(1, 300, 'seconds')
  readonly maxAgeSeconds: number = 10;

  @About(
    "How far Import2's clock may be ahead. Machines with NTP differ by far less than 5 s; with none, a clock that lags would lose events.",
  )
  @WholeNumber(0, 60, 'seconds')
  readonly clockSkewSeconds: number = 5;
}

/** Whether anyone may send events is a decision about security: it is stated exactly once and has no default. */
export function checkWebhook(
  { secret, previousSecret, acceptUnsigned }: WebhookSettings,
  path: string,
  { report }: SettingsChecks,
): void {
  if (secret === undefined && !acceptUnsigned) {
    report.error(
      `${path}.secret`,
      'is missing; without one, acceptUnsigned: true must state that anyone may send',
    );
  }
  if (secret !== undefined && acceptUnsigned) {
    report.error(`${path}.acceptUnsigned`, 'must not be true beside a secret');
  }
  if (secret === undefined && previousSecret !== undefined) {
    report.error(`${path}.previousSecret`, 'must be beside a secret');
  }
}

interface WebhookOwner {
  readonly name: string;
  readonly import2?: { readonly webhook?: WebhookSettings };
}

/**
 * The signature of an event does not cover the tenant, which is in the path. With a shared secret, an event of one tenant
 * could be sent to the other's address and would be accepted there.
 */
export function checkWebhookSecrets(tenants: readonly WebhookOwner[], { report }: SettingsChecks): void {
  const owners = new Map<string, string>();
  tenants.forEach(({ name, import2 }, index) => {
    for (const member of ['secret', 'previousSecret'] as const) {
      const secret = import2?.webhook?.[member];
      if (!secret) continue;
      // Stays in this process.
      const digest = hash('sha256', secret.reveal());
      const owner = owners.get(digest);
      if (owner !== undefined && owner !== name) {
        report.error(
          `tenants[${index}].import2.webhook.${member}`,
          `is the same as a webhook secret of tenant '${owner}': events for one could be sent to the other; ` +
            'ask Import2 for a secret for each',
        );
      }
      owners.set(digest, owner ?? name);
    }
  });
}
