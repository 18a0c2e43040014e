import { ConfigurationError, type ConfigurationIssue } from '../config/configuration.error.js';
import { readSettingsFile } from '../config/settings/settings.file.js';
import type { Settings } from '../config/settings/settings.js';
import type { TenantSettings } from '../config/settings/tenant.settings.js';
import { CliCommand } from './cli.command.js';
import { EXIT, type ExitCode, type Terminal } from './terminal.js';

export function configCommand(terminal: Terminal): CliCommand {
  const group = new CliCommand('config', terminal).description('the settings file');
  group
    .command('check')
    .description('report the errors of a settings file')
    .argument('<file>', 'the settings file')
    .does((_, [file = '']) => checkConfig(file, terminal));
  return group;
}

/** Reads a settings file with its secrets, as the gateway does, and reports its errors. */
function checkConfig(file: string, terminal: Terminal): ExitCode {
  try {
    const { settings, warnings } = readSettingsFile(file, { env: terminal.env });
    terminal.out(summaryOf(settings, warnings));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    terminal.err(linesOf(error.issues));
    return EXIT.failed;
  }
}

function summaryOf({ tenants, callers, issuers }: Settings, warnings: readonly ConfigurationIssue[]): string {
  const tenantLines = [...tenants.values()].map((tenant) => `  ${tenant.name}: ${upstreamsOf(tenant)}\n`);
  const callerLines = callers.map(
    ({ name, tenants: names, scopes, keys, limit }) =>
      `  ${name}: ${names.join(', ')}; ${scopes.size} scope(s), ${keys.length} key(s), ` +
      `${limit.requests} request(s) per ${limit.perSeconds} s\n`,
  );
  const issuerLines = issuers.map(
    ({ name, tenants: names, scopes }) => `  ${name}: ${names.join(', ')}; at most ${scopes.size} scope(s)\n`,
  );
  return [
    `${tenants.size} tenant(s)\n`,
    ...tenantLines,
    `${callers.length} caller(s)\n`,
    ...callerLines,
    ...(issuers.length > 0 ? [`${issuers.length} issuer(s)\n`, ...issuerLines] : []),
    `${warnings.length} warning(s)\n`,
    ...warnings.map((warning) => `  ${lineOf(warning)}`),
  ].join('');
}

function upstreamsOf({ spid, import2 }: TenantSettings): string {
  return [spid && `SPiD ${spid.baseUrl}`, import2 && `Import2 ${import2.baseUrl}`].filter(Boolean).join(', ');
}

function linesOf(faults: readonly ConfigurationIssue[]): string {
  return faults.map(lineOf).join('');
}

function lineOf({ path, reason }: ConfigurationIssue): string {
  return `${path}: ${reason}\n`;
}
