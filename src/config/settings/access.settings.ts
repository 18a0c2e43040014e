import { type Scope, upstreamOf } from '../scopes.js';
import type { SettingsChecks } from './settings.checks.js';
import { ListOfTexts, Optional, WholeNumber } from './settings.fields.js';
import type { TenantSettings } from './tenant.settings.js';

export class CallerLimit {
  @WholeNumber(1, 1_000_000)
  readonly requests: number;

  @WholeNumber(1, 86_400)
  readonly perSeconds: number;
}

/** Far above what one internal service needs, low enough that one in a loop leaves room for the others. */
export const DEFAULT_LIMIT: CallerLimit = Object.freeze(
  Object.assign(new CallerLimit(), { requests: 100, perSeconds: 1 }),
);

/** Exact, or a prefix when it ends with `*`. */
const RESOURCE = /^[^\u0000-\u001f\u007f*]{0,127}[^\u0000-\u001f\u007f]$/;
const RESOURCE_RULE = 'an id, or the beginning of ids followed by *';

/**
 * To which things a caller is restricted: each entry exact, or a prefix followed by `*`. A kind that is left out is not
 * restricted.
 */
export class CallerResources {
  @Optional()
  @ListOfTexts(RESOURCE, RESOURCE_RULE, { max: 1_000 })
  readonly products?: readonly string[];

  @Optional()
  @ListOfTexts(RESOURCE, RESOURCE_RULE, { max: 1_000 })
  readonly voucherGroups?: readonly string[];

  @Optional()
  @ListOfTexts(RESOURCE, RESOURCE_RULE, { max: 1_000 })
  readonly tokenNames?: readonly string[];
}

/** What callers and issuers have in common: for whom they may act, and what they may do there. */
export interface AccessSettings {
  readonly tenants: readonly string[];
  readonly scopes: ReadonlySet<Scope>;
}

/** Each tenant exists and has the upstream that each scope needs. */
export function checkAccess(
  access: AccessSettings,
  path: string,
  tenants: readonly TenantSettings[],
  { report }: SettingsChecks,
): void {
  access.tenants.forEach((name, index) => {
    const found = tenants.findIndex((tenant) => tenant.name === name);
    const tenant = tenants[found];
    if (!tenant) {
      report.error(`${path}.tenants[${index}]`, 'is not the name of a tenant in this file');
      return;
    }
    [...access.scopes].forEach((scope, at) => {
      const upstream = upstreamOf(scope);
      if (upstream === undefined || tenant[upstream] !== undefined) return;
      report.error(`${path}.scopes[${at}]`, `needs tenants[${found}].${upstream}, which is not there`);
    });
  });
}
