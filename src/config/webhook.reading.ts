import { SETTINGS_DEFAULTS } from './settings.defaults.js';
import type { WebhookDocument } from './settings.document.js';
import { secretAt, type SettingsReading } from './settings.reading.js';
import type { WebhookSettings } from './settings.js';

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
