import { reasonOfPlainHttp } from '../base.url.js';
import { About, Form, required } from '../fields/field.schema.js';
import { EvidenceSettings } from './evidence.settings.js';
import { checkImport2, Import2Settings } from './import2.settings.js';
import { checkUnique, type SettingsChecks } from './settings.checks.js';
import { Flag, Mapping, Name, Optional } from '../fields/settings.fields.js';
import { checkSpid, SpidSettings } from './spid.settings.js';
import { checkWebhookSecrets } from './webhook.settings.js';

/** A brand with its own client at SPiD and its own token at Import2. */
@Form({
  example: '{ name: north, spid: { … }, import2: { … } }',
  rules: { anyOf: [required('spid'), required('import2')] },
})
export class TenantSettings {
  @About('The brand: in the log, in metrics, in operations and in `Tollgate-Tenant`.')
  @Name()
  readonly name: string;

  @About("Lets the base URLs be http for other machines; for a private network such as compose's.")
  @Optional()
  @Flag()
  readonly allowPlainHttp?: boolean;

  @About('Its client at SPiD; left out: no entitlements, vouchers and tokens.')
  @Optional()
  @Mapping(() => SpidSettings)
  readonly spid?: SpidSettings;

  @About('Its account at Import2; left out: no migrations.')
  @Optional()
  @Mapping(() => Import2Settings)
  readonly import2?: Import2Settings;

  @About('What is read from a vendor so that an unknown outcome can be decided later.')
  @Mapping(() => EvidenceSettings)
  readonly evidence?: EvidenceSettings = new EvidenceSettings();
}

/** By name. */
export type Tenants = ReadonlyMap<string, TenantSettings>;

export function checkTenants(tenants: readonly TenantSettings[], checks: SettingsChecks): void {
  const names = tenants.map(({ name }, index) => ({ path: `tenants[${index}].name`, value: name }));
  checkUnique(names, 'is the name of an earlier tenant', checks);
  tenants.forEach((tenant, index) => checkTenant(tenant, `tenants[${index}]`, checks));
  checkWebhookSecrets(tenants, checks);
}

function checkTenant(
  { spid, import2, ...tenant }: TenantSettings,
  path: string,
  checks: SettingsChecks,
): void {
  const { report } = checks;
  if (!spid && !import2) report.error(path, 'must have spid, import2 or both');
  if (spid) checkSpid(spid, `${path}.spid`, checks);
  if (import2) checkImport2(import2, `${path}.import2`, checks);
  for (const [name, upstream] of Object.entries({ spid, import2 })) {
    const reason = upstream && reasonOfPlainHttp(upstream.baseUrl, tenant);
    if (reason !== undefined) report.error(`${path}.${name}.baseUrl`, reason);
  }
}
