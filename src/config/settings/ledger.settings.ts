import { readKeyBytes } from '../key.bytes.js';
import type { Scope } from '../scopes.js';
import type { Secret } from '../secret.js';
import { SETTINGS_DEFAULTS } from './settings.defaults.js';
import type { AnswerKeyDocument, LedgerDocument, SettingsDocument } from './settings.document.js';
import type { SecretReference } from './settings.fields.js';
import { refuseRepeats, secretAt, type SettingsReading } from './settings.reading.js';
import type { AnswerKey, LedgerSettings } from './settings.js';

/** What a scope cannot do without: its answers or its requests hold what the ledger must not store in plain text. */
const NEEDS: Partial<
  Record<Scope, readonly { readonly part: 'answerKeys' | 'fingerprintKey'; readonly why: string }[]>
> = {
  'vouchers:draw': [{ part: 'answerKeys', why: 'drawn codes are stored encrypted' }],
  'migrations:write': [
    { part: 'answerKeys', why: 'the address a customer is sent to holds a token and is stored encrypted' },
    { part: 'fingerprintKey', why: "only a keyed hash of a customer's destination token is kept" },
  ],
  'tokens:import': [{ part: 'fingerprintKey', why: 'only a keyed hash of the tokens is kept' }],
};

/** What one field of a scope's requests needs: without it the scope works, and the field is refused. */
const FIELD_NEEDS = {
  scope: 'vouchers:manage',
  reason:
    'without ledger.fingerprintKey, voucherCode of a new voucher group is refused, because only a keyed hash of it is kept',
} as const;

/** Checks and resolves the settings of the ledger, and that each scope given to a caller has what it needs. */
export function readLedger(
  { ledger: document, callers, issuers, tenants }: SettingsDocument,
  reading: SettingsReading,
): LedgerSettings {
  const { faults } = reading;
  for (const [list, parts] of Object.entries({ callers, issuers })) {
    if (!faults.isSound(list)) continue;
    parts?.forEach(({ scopes }, index) => {
      const path = `${list}[${index}].scopes`;
      if (faults.isSound(path)) checkScopes(scopes, path, document, reading);
    });
  }
  if (faults.isSound('tenants') && document?.answerKeys === undefined) checkWebhooks(tenants, reading);
  const fingerprintKey = keyAt('ledger.fingerprintKey', document?.fingerprintKey, reading);
  return Object.freeze({
    answerKeys: readAnswerKeys(document?.answerKeys ?? [], reading),
    ...(fingerprintKey && { fingerprintKey }),
    retention: readRetention(document, reading),
    leaseMs: readLease(document, tenants, reading),
  });
}

function checkScopes(
  scopes: readonly Scope[],
  path: string,
  document: LedgerDocument | undefined,
  { faults, warnings }: SettingsReading,
): void {
  scopes.forEach((scope, index) => {
    if (scope === FIELD_NEEDS.scope && document?.fingerprintKey === undefined) {
      warnings.push({ path: `${path}[${index}]`, reason: FIELD_NEEDS.reason });
    }
    for (const { part, why } of NEEDS[scope] ?? []) {
      if (document?.[part] !== undefined) continue;
      faults.add(`${path}[${index}]`, `${scope} needs ledger.${part}, because ${why}`);
    }
  });
}

function checkWebhooks(tenants: SettingsDocument['tenants'], { faults }: SettingsReading): void {
  tenants.forEach(({ import2 }, index) => {
    const path = `tenants[${index}].import2.webhook`;
    if (import2?.webhook === undefined || !faults.isSound(path)) return;
    const why = "what Import2 sends holds the customer's token and is stored encrypted";
    faults.add(path, `needs ledger.answerKeys, because ${why}`);
  });
}

function readAnswerKeys(documents: readonly AnswerKeyDocument[], reading: SettingsReading): AnswerKey[] {
  if (!reading.faults.isSound('ledger.answerKeys')) return [];
  const ids = documents.map((key, index) => ({ path: `ledger.answerKeys[${index}].id`, value: key.id }));
  refuseRepeats(ids, 'is the id of an earlier key', reading.faults);
  return documents.flatMap(({ id, key: reference }, index) => {
    const key = keyAt(`ledger.answerKeys[${index}].key`, reference, reading);
    return key ? [Object.freeze({ id, key })] : [];
  });
}

function keyAt(
  path: string,
  reference: SecretReference | undefined,
  reading: SettingsReading,
): Secret | undefined {
  const secret = secretAt(path, reference, reading);
  const key = secret && readKeyBytes(secret);
  if (secret && !key) {
    reading.faults.add(path, 'must refer to 32 bytes in base64 or hex; `openssl rand -base64 32` makes them');
  }
  return key;
}

function readRetention(
  document: LedgerDocument | undefined,
  { faults }: SettingsReading,
): LedgerSettings['retention'] {
  const defaults = SETTINGS_DEFAULTS.ledgerRetention;
  const operationDays = document?.operationDays ?? defaults.operationDays;
  const keyDays = document?.keyDays ?? defaults.keyDays;
  if (faults.isSound('ledger') && keyDays > operationDays) {
    faults.add('ledger.keyDays', 'must not be more than operationDays: a key lives in its operation');
  }
  return Object.freeze({ operationDays, keyDays });
}

/** A lease shorter than a call would end under calls that still run. */
function readLease(
  document: LedgerDocument | undefined,
  tenants: SettingsDocument['tenants'],
  { faults }: SettingsReading,
): number {
  const leaseMs = document?.leaseMs ?? SETTINGS_DEFAULTS.ledgerLeaseMs;
  if (!faults.isSound('ledger.leaseMs') || !faults.isSound('tenants')) return leaseMs;
  const { spidTimeouts, import2Timeouts } = SETTINGS_DEFAULTS;
  const totalsMs = tenants.flatMap(({ spid, import2 }) => [
    spid ? (spid.timeouts?.totalMs ?? spidTimeouts.totalMs) : 0,
    import2 ? (import2.timeouts?.totalMs ?? import2Timeouts.totalMs) : 0,
  ]);
  const longestMs = Math.max(0, ...totalsMs);
  if (leaseMs <= longestMs) {
    faults.add('ledger.leaseMs', `must be more than the longest totalMs of an upstream, ${longestMs}`);
  }
  return leaseMs;
}
