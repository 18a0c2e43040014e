import { ValidateIf } from '../fields/class.validator.js';
import { sharedAccounts } from '../vendor.account.js';
import { disagreeingAccounts } from '../vendor.limits.js';
import { About, DocumentedField, Form, required } from '../fields/field.schema.js';
import { CallerSettings, checkCallers } from './caller.settings.js';
import { checkIssuers, IssuerSettings } from './issuer.settings.js';
import { checkLedger, LedgerSettings } from './ledger.settings.js';
import type { SettingsChecks } from './settings.checks.js';
import { ListOfMappings, ListOfStrings, Mapping, Optional } from '../fields/settings.fields.js';
import { checkTenants, type Tenants, TenantSettings } from './tenant.settings.js';
import { checkProxies } from './trusted.proxies.js';

/** The settings file: parsed, checked, frozen, secrets resolved. */
export interface Settings {
  readonly tenants: Tenants;
  readonly callers: readonly CallerSettings[];
  readonly issuers: readonly IssuerSettings[];
  readonly ledger: LedgerSettings;
  readonly trustedProxies: readonly string[];
}

/** The parts of the settings file. Every class of a part is the form in the file as well as the type that the code uses. */
@Form({
  example: '{ tenants: [{ … }], callers: [{ … }] }',
  rules: { anyOf: [required('callers'), required('issuers')] },
})
export class SettingsDocument {
  @About('The brands, each with its own accounts at the vendors.')
  @ListOfMappings(() => TenantSettings, { max: 1_000 })
  readonly tenants: readonly TenantSettings[];

  @About('Callers with keys. May be left out where issuers sign tokens for all of them.')
  @DocumentedField({ optional: true })
  @ValidateIf(
    (settings: SettingsDocument, callers) => callers !== undefined || settings.issuers === undefined,
  )
  @ListOfMappings(() => CallerSettings, { max: 10_000 })
  readonly callers?: readonly CallerSettings[];

  @About('Issuers of tokens (JWT), for callers that have no entry of their own.')
  @Optional()
  @ListOfMappings(() => IssuerSettings, { max: 32 })
  readonly issuers?: readonly IssuerSettings[];

  @About('How the ledger encrypts, hashes and keeps operations.')
  @Mapping(() => LedgerSettings)
  readonly ledger: LedgerSettings = new LedgerSettings();

  @About(
    'Addresses and ranges (CIDR) of the proxies whose `X-Forwarded-For` is trusted. Left out: clients are distinguished by the address of their connection.',
  )
  @Optional()
  @ListOfStrings(/^[0-9A-Fa-f:.]{1,45}(\/\d{1,3})?$/, 'an IP address or a range such as 10.0.0.0/8', {
    max: 64,
  })
  readonly trustedProxies?: readonly string[];
}

const NONE: readonly never[] = Object.freeze([]);

/** The second phase of parsing, for a document without errors in the first: what crosses its parts. */
export function checkDocument(document: SettingsDocument, checks: SettingsChecks): Settings {
  const { tenants, callers = NONE, issuers = NONE, ledger, trustedProxies = NONE } = document;
  checkTenants(tenants, checks);
  const byName = new Map(tenants.map((tenant) => [tenant.name, tenant]));
  warnOfSharedAccounts(byName, checks);
  checkCallers(callers, tenants, checks);
  checkIssuers(issuers, tenants, checks);
  checkLedger(ledger, { tenants, callers, issuers }, checks);
  checkProxies(trustedProxies, checks);
  return Object.freeze({ tenants: byName, callers, issuers, ledger, trustedProxies });
}

const VENDORS = { spid: 'SPiD', import2: 'Import2' } as const;

function warnOfSharedAccounts(tenants: Tenants, { report }: SettingsChecks): void {
  for (const { upstream, tenants: names } of sharedAccounts(tenants)) {
    const reason =
      `${names.join(', ')} share one account at ${VENDORS[upstream]}: they change the same users, groups and migrations there, ` +
      'and count as one where an unknown outcome is decided';
    report.warn('tenants', reason);
  }
  for (const { upstream, tenants: names } of disagreeingAccounts(tenants)) {
    const reason =
      `${names.join(', ')} share one account at ${VENDORS[upstream]} and have different budgets for it ` +
      `(${upstream}.budget, ${upstream}.connections): the smaller rate and the smaller concurrency apply to all`;
    report.warn('tenants', reason);
  }
}
