import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../config/errors/configuration.error.js';
import { ensureFolder, reasonOfFileError } from '../config/data.folder.js';
import { readKeyBytes } from '../config/secrets/key.bytes.js';
import { Secret } from '../config/secrets/secret.js';
import { StartRefusedError } from '../config/errors/start.refused.error.js';
import { LedgerSettings } from '../config/settings/ledger.settings.js';

const FINGERPRINT_KEY = 'ledger.fingerprint.key';

/**
 * The ledger's keys of embedded mode, made at the first start and kept in files beside the database that they
 * protect, readable by this user only.
 * @throws StartRefusedError when they can be neither read nor made, ConfigurationError when one is damaged
 */
export function embeddedLedgerKeys(dataDir: string): LedgerSettings {
  try {
    ensureFolder(dataDir);
    return {
      ...new LedgerSettings(),
      answerKeys: [{ id: 'embedded', key: keptKey(dataDir, 'ledger.answer.key') }],
      fingerprintKey: keptKey(dataDir, FINGERPRINT_KEY),
    };
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    throw new StartRefusedError(
      `the folder ${resolve(dataDir)} (DATA_DIR) cannot hold the keys of the ledger: ${reasonOfFileError(cause)}. Set DATA_DIR to a ` +
        'folder that this process can write to',
      { cause },
    );
  }
}

/** Whether an earlier start has made them: its ledger may still be there. */
export function hasLedgerKeys(dataDir: string): boolean {
  return existsSync(join(dataDir, FINGERPRINT_KEY));
}

function keptKey(dataDir: string, name: string): Secret {
  const path = join(dataDir, name);
  makeKey(path);
  // A new key in place of a damaged one would make every stored response unreadable.
  const text = readFileSync(path, 'utf8').trim();
  const key = text === '' ? undefined : readKeyBytes(new Secret(text));
  if (!key) throw new ConfigurationError(path, [{ path: '(file)', reason: 'is not 32 bytes in base64' }]);
  return key;
}

/** Complete or not there: a crash in between, or another process at its first start, must not leave half a key. */
function makeKey(path: string): void {
  const aside = `${path}.${randomBytes(8).toString('hex')}`;
  const file = openSync(aside, 'wx', 0o600);
  try {
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`);
    fsyncSync(file);
    linkSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(file);
    rmSync(aside);
  }
}
