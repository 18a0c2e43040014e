import type { ConfigurationError, ConfigurationIssue } from '../config/errors/configuration.error.js';
import type { Scope } from '../config/scopes.js';
import type { SettingsFile } from '../config/settings/file/settings.file.js';
import type { TenantSettings } from '../config/settings/tenant.settings.js';
import { locatedIssues } from '../config/yaml/located.issues.js';

/** What a valid settings file has, with its warnings; for a terminal. */
export function reportOf(file: string, { settings, warnings }: SettingsFile): string {
  const { tenants, callers, issuers } = settings;
  const tenantLines = [...tenants.values()].map((tenant) => `  ${tenant.name}: ${upstreamsOf(tenant)}`);
  const callerLines = callers.map(
    ({ name, tenants: names, scopes, keys, limit }) =>
      `  ${name}: ${reachOf(names, scopes)}; ${counted(scopes.size, 'scope')}, ${counted(keys.length, 'key')}, ` +
      `${counted(limit.requests, 'request')} per ${limit.perSeconds} s`,
  );
  const issuerLines = issuers.map(
    ({ name, tenants: names, scopes }) =>
      `  ${name}: ${reachOf(names, scopes)}; at most ${counted(scopes.size, 'scope')}`,
  );
  return linesOf([
    counted(tenants.size, 'tenant'),
    ...tenantLines,
    counted(callers.length, 'caller'),
    ...callerLines,
    ...(issuers.length > 0 ? [counted(issuers.length, 'issuer'), ...issuerLines] : []),
    ...warningLines(file, warnings),
    `${file} is valid${warnings.length > 0 ? `, with ${counted(warnings.length, 'warning')}` : ''}`,
  ]);
}

/** Every error of a refused settings file and what it has to be warned of; for a terminal. */
export function refusalOf(file: string, { issues, warnings, notChecked }: ConfigurationError): string {
  const also = warnings.length > 0 ? ` and ${counted(warnings.length, 'warning')}` : '';
  const later = notChecked === undefined ? '' : `; ${notChecked} were not checked yet`;
  return linesOf([
    ...locatedIssues(file, issues),
    ...warningLines(file, warnings),
    `${file} is refused: ${counted(issues.length, 'error')}${also}${later}`,
  ]);
}

function warningLines(file: string, warnings: readonly ConfigurationIssue[]): string[] {
  return locatedIssues(
    file,
    warnings.map(({ path, reason }) => ({ path, reason: `warning: ${reason}` })),
  );
}

/** The tenants that a caller may act for; without any, it reads metrics and health only. */
function reachOf(tenants: readonly string[], scopes: ReadonlySet<Scope>): string {
  if (tenants.length > 0) return tenants.join(', ');
  return scopes.has('ops:read-all-tenants') ? 'no tenant, reads metrics and health of all' : 'no tenant';
}

function upstreamsOf({ spid, import2 }: TenantSettings): string {
  return [spid && `SPiD ${spid.baseUrl}`, import2 && `Import2 ${import2.baseUrl}`].filter(Boolean).join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
