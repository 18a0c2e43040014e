import { ValidateIf } from '../fields/class.validator.js';
import type { Scope } from '../scopes.js';
import type { Secret } from '../secrets/secret.js';
import { About, Form } from '../fields/field.schema.js';
import { KeyField } from '../fields/parsed.fields.js';
import { checkUnique, type SettingsChecks } from './settings.checks.js';
import { ListOfMappings, Name, Optional, WholeNumber } from '../fields/settings.fields.js';
import type { TenantSettings } from './tenant.settings.js';

@Form({ example: '{ id: key-2026, key: { file: answer-key } }' })
export class AnswerKey {
  @About('Stored beside each response that it encrypted.')
  @Name()
  readonly id: string;

  @About('32 bytes in base64 or hex; `openssl rand -base64 32` makes them.')
  @KeyField()
  readonly key: Secret;
}

const NO_KEYS: readonly AnswerKey[] = Object.freeze([]);

/** How the ledger encrypts, hashes and retains operations. */
@Form({
  example:
    '{ answerKeys: [{ id: key-2026, key: { file: answer-key } }], fingerprintKey: { file: fingerprint-key } }',
})
export class LedgerSettings {
  @About(
    'The first encrypts, every one decrypts; empty where no caller may do what has to be stored encrypted.',
  )
  @ValidateIf((_, keys) => keys !== NO_KEYS)
  @ListOfMappings(() => AnswerKey, { max: 16 })
  readonly answerKeys: readonly AnswerKey[] = NO_KEYS;

  @About('Hashes the secret parts of a request, so that a repeat is recognised without storing them.')
  @Optional()
  @KeyField()
  readonly fingerprintKey?: Secret;

  @About(
    'How long an operation may run before its process counts as dead and its outcome as unknown. 60 s are more than twice the longest call; callers of a dead process get "still running" for that long.',
  )
  @WholeNumber(1_000, 3_600_000, 'milliseconds')
  readonly leaseMs: number = 60_000;

  @About(
    'How long rows are kept, for the audit: a year and a month, so that yearly questions can be asked in time.',
  )
  @WholeNumber(1, 3_660, 'days')
  readonly operationDays: number = 400;

  @About('How long an Idempotency-Key is honoured: far longer than any client retries.')
  @WholeNumber(1, 3_660, 'days')
  readonly keyDays: number = 30;
}

export type LedgerRetention = Pick<LedgerSettings, 'operationDays' | 'keyDays'>;

/** What a scope cannot do without: its responses or its requests hold what the ledger must not store in plain text. */
export const LEDGER_NEEDS: Partial<
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

/** The settings that need something of the ledger. */
export interface LedgerUsers {
  readonly tenants: readonly TenantSettings[];
  readonly callers: readonly { readonly scopes: ReadonlySet<Scope> }[];
  readonly issuers: readonly { readonly scopes: ReadonlySet<Scope> }[];
}

export function checkLedger(ledger: LedgerSettings, users: LedgerUsers, checks: SettingsChecks): void {
  const { tenants, callers, issuers } = users;
  for (const [list, entries] of Object.entries({ callers, issuers })) {
    entries.forEach(({ scopes }, index) => checkScopes(scopes, `${list}[${index}].scopes`, ledger, checks));
  }
  if (!has(ledger, 'answerKeys')) checkWebhookStorage(tenants, checks);
  const ids = ledger.answerKeys.map(({ id }, index) => ({
    path: `ledger.answerKeys[${index}].id`,
    value: id,
  }));
  checkUnique(ids, 'is the id of an earlier key', checks);
  if (ledger.keyDays > ledger.operationDays) {
    checks.report.error(
      'ledger.keyDays',
      'must not be more than operationDays: a key lives in its operation',
    );
  }
  checkLease(ledger, tenants, checks);
}

function checkScopes(
  scopes: ReadonlySet<Scope>,
  path: string,
  ledger: LedgerSettings,
  { report }: SettingsChecks,
): void {
  [...scopes].forEach((scope, index) => {
    if (scope === FIELD_NEEDS.scope && !has(ledger, 'fingerprintKey')) {
      report.warn(`${path}[${index}]`, FIELD_NEEDS.reason);
    }
    for (const { part, why } of LEDGER_NEEDS[scope] ?? []) {
      if (has(ledger, part)) continue;
      report.error(`${path}[${index}]`, `${scope} needs ledger.${part}, because ${why}`);
    }
  });
}

function has({ answerKeys, fingerprintKey }: LedgerSettings, part: 'answerKeys' | 'fingerprintKey'): boolean {
  return part === 'answerKeys' ? answerKeys.length > 0 : fingerprintKey !== undefined;
}

function checkWebhookStorage(tenants: readonly TenantSettings[], { report }: SettingsChecks): void {
  tenants.forEach(({ import2 }, index) => {
    if (import2?.webhook === undefined) return;
    const why = "what Import2 sends holds the customer's token and is stored encrypted";
    report.error(`tenants[${index}].import2.webhook`, `needs ledger.answerKeys, because ${why}`);
  });
}

/** A lease shorter than a call would end under calls that still run. */
function checkLease(
  { leaseMs }: LedgerSettings,
  tenants: readonly TenantSettings[],
  { report }: SettingsChecks,
): void {
  const totalsMs = tenants.flatMap(({ spid, import2 }) => [
    spid?.timeouts.totalMs ?? 0,
    import2?.timeouts.totalMs ?? 0,
  ]);
  const longestMs = Math.max(0, ...totalsMs);
  if (leaseMs > longestMs) return;
  report.error('ledger.leaseMs', `must be more than the longest totalMs of an upstream, ${longestMs}`);
}
