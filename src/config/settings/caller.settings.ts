import { DateTime } from 'luxon';
import { upstreamOf } from '../scopes.js';
import { SETTINGS_DEFAULTS } from './settings.defaults.js';
import type { CallerDocument, KeyDocument } from './caller.document.js';
import type { TenantDocument } from './settings.document.js';
import { refuseRepeats, type SettingsReading } from './settings.reading.js';
import type { CallerKey, CallerResources, CallerSettings } from './settings.js';

/** Checks and resolves the callers; what is incomplete because of a fault is left out. */
export function readCallers(
  documents: readonly CallerDocument[],
  tenants: readonly TenantDocument[],
  reading: SettingsReading,
): CallerSettings[] {
  const { faults } = reading;
  const names = documents.map((caller, index) => ({ path: `callers[${index}].name`, value: caller?.name }));
  refuseRepeats(names, 'is the name of an earlier caller', faults);
  const callers: CallerSettings[] = [];
  documents.forEach((document, index) => {
    const path = `callers[${index}]`;
    if (!faults.isSound(path)) return;
    checkAccess(document, path, tenants, reading);
    callers.push(
      Object.freeze({
        name: document.name,
        tenants: document.tenants,
        scopes: new Set(faults.isSound(`${path}.scopes`) ? document.scopes : []),
        keys: readKeys(document, path, reading),
        limit: Object.freeze({ ...(document.limit ?? SETTINGS_DEFAULTS.callerLimit) }),
        resources: resourcesOf(document.resources),
      }),
    );
  });
  refuseSharedKeys(documents, reading);
  return callers;
}

/** Only what is there: a kind left out is not restricted. */
export function resourcesOf(document: CallerDocument['resources']): CallerResources {
  const { products, voucherGroups, tokenNames } = document ?? {};
  return Object.freeze({
    ...(products && { products }),
    ...(voucherGroups && { voucherGroups }),
    ...(tokenNames && { tokenNames }),
  });
}

/** What callers and issuers have in common: for whom they may act, and what they may do there. */
export type AccessDocument = Pick<CallerDocument, 'tenants' | 'scopes'>;

/** Each tenant exists and has the upstream that each scope needs. */
export function checkAccess(
  caller: AccessDocument,
  path: string,
  tenants: readonly TenantDocument[],
  { faults }: SettingsReading,
): void {
  if (!faults.isSound(`${path}.tenants`) || !faults.isSound('tenants')) return;
  caller.tenants.forEach((name, index) => {
    const found = tenants.findIndex((tenant) => tenant?.name === name);
    const tenant = tenants[found];
    if (!tenant) faults.add(`${path}.tenants[${index}]`, 'is not the name of a tenant in this file');
    else if (faults.isSound(`${path}.scopes`))
      checkScopes(caller, path, { tenant, path: `tenants[${found}]` }, faults);
  });
}

function checkScopes(
  caller: AccessDocument,
  path: string,
  { tenant, path: tenantPath }: { readonly tenant: TenantDocument; readonly path: string },
  faults: SettingsReading['faults'],
): void {
  caller.scopes.forEach((scope, index) => {
    const upstream = upstreamOf(scope);
    if (upstream === undefined || tenant[upstream] !== undefined) return;
    faults.add(`${path}.scopes[${index}]`, `needs ${tenantPath}.${upstream}, which is not there`);
  });
}

function readKeys(caller: CallerDocument, callerPath: string, reading: SettingsReading): CallerKey[] {
  if (!reading.faults.isSound(`${callerPath}.keys`)) return [];
  return caller.keys.flatMap((document, index) => {
    const path = `${callerPath}.keys[${index}]`;
    return reading.faults.isSound(path) ? [readKey(document, path, reading)] : [];
  });
}

function readKey(document: KeyDocument, path: string, reading: SettingsReading): CallerKey {
  const notBefore = timeAt(`${path}.notBefore`, document.notBefore, reading);
  const expires = timeAt(`${path}.expires`, document.expires, reading);
  if (notBefore && expires && expires <= notBefore) {
    reading.faults.add(`${path}.expires`, 'must be later than notBefore');
  }
  if (expires && expires <= reading.now) {
    reading.warnings.push({ path, reason: 'has expired; the key is refused and can be removed' });
  }
  const sha256 = Buffer.from(reading.faults.isSound(`${path}.sha256`) ? document.sha256 : '', 'hex');
  return Object.freeze({ sha256, ...(notBefore && { notBefore }), ...(expires && { expires }) });
}

function timeAt(path: string, text: string | undefined, { faults }: SettingsReading): Date | undefined {
  if (text === undefined || !faults.isSound(path)) return undefined;
  // Not Date.parse: it takes 30 February for 2 March.
  const time = DateTime.fromISO(text);
  if (time.isValid) return time.toJSDate();
  faults.add(path, 'is not a moment of the calendar');
  return undefined;
}

/** A key names exactly one caller. */
function refuseSharedKeys(documents: readonly CallerDocument[], { faults }: SettingsReading): void {
  const hashes = documents.flatMap((caller, index) => {
    const path = `callers[${index}].keys`;
    if (!faults.isSound(path)) return [];
    return caller.keys.map((key, at) => ({ path: `${path}[${at}].sha256`, value: key?.sha256 }));
  });
  refuseRepeats(hashes, 'stands in this file twice; each key belongs to one caller', faults);
}
