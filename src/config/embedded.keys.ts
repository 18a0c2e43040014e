import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from './configuration.error.js';
import { readKeyBytes } from './key.bytes.js';
import { Secret } from './secret.js';
import { SETTINGS_DEFAULTS } from './settings.defaults.js';
import type { LedgerSettings } from './settings.js';

/**
 * The ledger's keys of embedded mode, made at the first start and kept in files beside the database that they
 * protect, readable by this user only.
 */
export function embeddedLedgerKeys(dataDir: string): LedgerSettings {
  mkdirSync(dataDir, { recursive: true });
  return {
    answerKeys: [{ id: 'embedded', key: keptKey(dataDir, 'ledger.answer.key') }],
    fingerprintKey: keptKey(dataDir, 'ledger.fingerprint.key'),
    retention: SETTINGS_DEFAULTS.ledgerRetention,
    leaseMs: SETTINGS_DEFAULTS.ledgerLeaseMs,
  };
}

function keptKey(dataDir: string, name: string): Secret {
  const path = join(dataDir, name);
  try {
    writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  // A new key in place of a damaged one would make every stored answer unreadable.
  const text = readFileSync(path, 'utf8').trim();
  const key = text === '' ? undefined : readKeyBytes(new Secret(text));
  if (!key) throw new ConfigurationError(path, [{ path: '(file)', reason: 'is not 32 bytes in base64' }]);
  return key;
}
