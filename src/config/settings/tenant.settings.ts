import { IANAZone } from 'luxon';
import { readAuthority } from './certificate.file.js';
import { type BaseUrlRules, readBaseUrl } from '../base.url.js';
import { SETTINGS_DEFAULTS } from './settings.defaults.js';
import type { Import2Document, SpidDocument, TenantDocument } from './settings.document.js';
import { refuseRepeats, secretAt, type SettingsReading } from './settings.reading.js';
import type { Import2Settings, SpidSettings, TenantSettings, UpstreamTimeouts } from './settings.js';
import { reasonOfLateCalls } from '../environment/shutdown.times.js';
import { sharedAccounts } from '../vendor.account.js';
import { readWebhook, refuseSharedWebhookSecrets } from './webhook.settings.js';

/** Checks and resolves the tenants; what is incomplete because of a fault is left out. */
export function readTenants(
  documents: readonly TenantDocument[],
  reading: SettingsReading,
): Map<string, TenantSettings> {
  const names = documents.map((tenant, index) => ({ path: `tenants[${index}].name`, value: tenant?.name }));
  refuseRepeats(names, 'is the name of an earlier tenant', reading.faults);
  const tenants = new Map<string, TenantSettings>();
  documents.forEach((document, index) => {
    const path = `tenants[${index}]`;
    if (!reading.faults.isSound(path)) return;
    if (document.spid === undefined && document.import2 === undefined) {
      reading.faults.add(path, 'must have spid, import2 or both');
    }
    const plainHttp = document.allowPlainHttp === true;
    const spid = readSpid(document.spid, { path: `${path}.spid`, plainHttp }, reading);
    const import2 = readImport2(document.import2, { path: `${path}.import2`, plainHttp }, reading);
    tenants.set(
      document.name,
      Object.freeze({
        name: document.name,
        ...(spid && { spid }),
        ...(import2 && { import2 }),
        evidence: Object.freeze({
          snapshots: document.evidence?.snapshots ?? SETTINGS_DEFAULTS.evidence.snapshots,
        }),
      }),
    );
  });
  refuseSharedWebhookSecrets(documents, tenants, reading);
  warnOfSharedAccounts(tenants, reading);
  return tenants;
}

const VENDORS = { spid: 'SPiD', import2: 'Import2' } as const;

function warnOfSharedAccounts(tenants: Map<string, TenantSettings>, { warnings }: SettingsReading): void {
  for (const { upstream, tenants: names } of sharedAccounts(tenants)) {
    const reason =
      `${names.join(', ')} share one account at ${VENDORS[upstream]}: they change the same things there, ` +
      'and count as one where an unknown outcome is weighed';
    warnings.push({ path: 'tenants', reason });
  }
}

interface Place {
  readonly path: string;
  readonly plainHttp: boolean;
}

function readSpid(
  document: SpidDocument | undefined,
  { path, plainHttp }: Place,
  reading: SettingsReading,
): SpidSettings | undefined {
  if (document === undefined || !reading.faults.isSound(path)) return undefined;
  const rules: BaseUrlRules = { allowPlainHttp: plainHttp, path: 'none' };
  const baseUrl = baseUrlAt(`${path}.baseUrl`, document.baseUrl, rules, reading);
  const clientSecret = secretAt(`${path}.clientSecret`, document.clientSecret, reading);
  const signatureSecret = secretAt(`${path}.signatureSecret`, document.signatureSecret, reading);
  const timeouts = timeoutsAt(`${path}.timeouts`, document.timeouts, SETTINGS_DEFAULTS.spidTimeouts, reading);
  const ca = readAuthority(document.ca, `${path}.ca`, reading);
  checkSignedAnswers(document, path, reading);
  if (reading.faults.isSound(`${path}.timeZone`) && !IANAZone.isValidZone(document.timeZone)) {
    reading.faults.add(`${path}.timeZone`, 'must be an IANA time zone, for example Europe/Oslo');
  }
  if (baseUrl === undefined || clientSecret === undefined) return undefined;
  return Object.freeze({
    baseUrl,
    clientId: document.clientId,
    clientSecret,
    ...(signatureSecret && { signatureSecret }),
    signedAnswers: document.signedAnswers ?? 'accepted',
    timeZone: document.timeZone,
    timeouts,
    connections: document.connections ?? SETTINGS_DEFAULTS.connections,
    ...(ca !== undefined && { ca }),
  });
}

/** Whether an unsigned answer may pass is a decision about security, so nothing is guessed. */
function checkSignedAnswers(document: SpidDocument, path: string, { faults }: SettingsReading): void {
  if (!faults.isSound(`${path}.signedAnswers`)) return;
  if (document.signatureSecret !== undefined && document.signedAnswers === undefined) {
    faults.add(
      `${path}.signedAnswers`,
      'must say, beside signatureSecret, whether signed answers are required or accepted',
    );
  }
  if (document.signatureSecret === undefined && document.signedAnswers === 'required') {
    faults.add(`${path}.signatureSecret`, 'is needed when signed answers are required');
  }
}

function readImport2(
  document: Import2Document | undefined,
  { path, plainHttp }: Place,
  reading: SettingsReading,
): Import2Settings | undefined {
  if (document === undefined || !reading.faults.isSound(path)) return undefined;
  const rules: BaseUrlRules = { allowPlainHttp: plainHttp, path: 'required' };
  const baseUrl = baseUrlAt(`${path}.baseUrl`, document.baseUrl, rules, reading);
  const apiToken = secretAt(`${path}.apiToken`, document.apiToken, reading);
  const timeouts = timeoutsAt(
    `${path}.timeouts`,
    document.timeouts,
    SETTINGS_DEFAULTS.import2Timeouts,
    reading,
  );
  const ca = readAuthority(document.ca, `${path}.ca`, reading);
  const webhook = readWebhook(document.webhook, `${path}.webhook`, reading);
  if (baseUrl === undefined || apiToken === undefined) return undefined;
  const connections = document.connections ?? SETTINGS_DEFAULTS.connections;
  return Object.freeze({
    baseUrl,
    apiToken,
    timeouts,
    connections,
    ...(ca !== undefined && { ca }),
    ...(webhook && { webhook }),
  });
}

function baseUrlAt(
  path: string,
  text: string,
  rules: BaseUrlRules,
  { faults }: SettingsReading,
): string | undefined {
  if (!faults.isSound(path)) return undefined;
  const result = readBaseUrl(text, rules);
  if (result.reason === undefined) return result.url;
  faults.add(path, result.reason);
  return undefined;
}

function timeoutsAt(
  path: string,
  document: Partial<UpstreamTimeouts> | undefined,
  defaults: UpstreamTimeouts,
  { faults, shutdown }: SettingsReading,
): UpstreamTimeouts {
  const timeouts = {
    attemptMs: document?.attemptMs ?? defaults.attemptMs,
    totalMs: document?.totalMs ?? defaults.totalMs,
  };
  if (timeouts.totalMs < timeouts.attemptMs) {
    faults.add(path, `must have a totalMs (${defaults.totalMs} when left out) of at least its attemptMs`);
  } else if (shutdown && faults.isSound(path)) {
    const reason = reasonOfLateCalls(timeouts, shutdown);
    if (reason !== undefined) faults.add(path, reason);
  }
  return Object.freeze(timeouts);
}
