import { hash } from 'node:crypto';
import { SETTINGS_DEFAULTS } from './settings.defaults.js';
import type { TenantDocument, WebhookDocument } from './settings.document.js';
import { secretAt, type SettingsReading } from './settings.reading.js';
import type { TenantSettings, WebhookSettings } from './settings.js';

/** Checks and resolves how a tenant's webhooks are proved; undefined where there are none, or a fault. */
export function readWebhook(
  document: WebhookDocument | undefined,
  path: string,
  reading: SettingsReading,
): WebhookSettings | undefined {
  if (document === undefined || !reading.faults.isSound(path)) return undefined;
  checkProof(document, path, reading);
  const secret = secretAt(`${path}.secret`, document.secret, reading);
  const previousSecret = secretAt(`${path}.previousSecret`, document.previousSecret, reading);
  const { maxAgeSeconds, clockSkewSeconds } = SETTINGS_DEFAULTS.webhookWindow;
  return Object.freeze({
    ...(secret && { secret }),
    ...(previousSecret && { previousSecret }),
    acceptUnsigned: document.acceptUnsigned === true && document.secret === undefined,
    maxAgeSeconds: document.maxAgeSeconds ?? maxAgeSeconds,
    clockSkewSeconds: document.clockSkewSeconds ?? clockSkewSeconds,
  });
}

/** Whether anyone may announce is a decision about security: it is said, never guessed, and never said twice. */
function checkProof(
  { secret, previousSecret, acceptUnsigned }: WebhookDocument,
  path: string,
  { faults }: SettingsReading,
): void {
  if (!faults.isSound(`${path}.acceptUnsigned`)) return;
  if (secret === undefined && acceptUnsigned !== true) {
    faults.add(
      `${path}.secret`,
      'is missing; without one, acceptUnsigned: true must say that anyone may send',
    );
  }
  if (secret !== undefined && acceptUnsigned === true) {
    faults.add(`${path}.acceptUnsigned`, 'must not be true beside a secret');
  }
  if (secret === undefined && previousSecret !== undefined) {
    faults.add(`${path}.previousSecret`, 'must stand beside a secret');
  }
}

/**
 * A webhook is proved by its secret and names its tenant in the path: what one tenant's Import2 announces could be sent
 * to the other's address and would be believed there.
 */
export function refuseSharedWebhookSecrets(
  documents: readonly TenantDocument[],
  tenants: ReadonlyMap<string, TenantSettings>,
  { faults }: SettingsReading,
): void {
  const owners = new Map<string, string>();
  documents.forEach((document, index) => {
    const webhook = tenants.get(document?.name)?.import2?.webhook;
    for (const member of ['secret', 'previousSecret'] as const) {
      const secret = webhook?.[member];
      if (!secret) continue;
      // Stays in this process.
      const digest = hash('sha256', secret.reveal());
      const owner = owners.get(digest);
      if (owner !== undefined && owner !== document.name) {
        faults.add(
          `tenants[${index}].import2.webhook.${member}`,
          `is the same as a webhook secret of tenant '${owner}': what is announced to one could be sent to the other; ` +
            'ask Import2 for a secret for each',
        );
      }
      owners.set(digest, owner ?? document.name);
    }
  });
}
