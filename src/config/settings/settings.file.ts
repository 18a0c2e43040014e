import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readCallers } from './caller.settings.js';
import type { ConfigurationFault } from '../configuration.error.js';
import { validateDocument } from './settings.parser.js';
import { FaultList, WHOLE_FILE } from '../configuration.report.js';
import { readIssuers } from './issuer.settings.js';
import { readLedger } from './ledger.settings.js';
import type { SettingsReading } from './settings.reading.js';
import { readYaml, SETTINGS_BYTES_MAX } from './settings.yaml.js';
import type { Settings } from './settings.js';
import type { ShutdownTimes } from '../environment/shutdown.times.js';
import { readTenants } from './tenant.settings.js';
import { readProxyEntry } from './trusted.proxies.js';

export interface SettingsFileOptions {
  /** Where `{ env: NAME }` looks. */
  readonly env: NodeJS.ProcessEnv;
  /** Against which expiry is judged for the warnings; now when left out. */
  readonly now?: Date;
  /** Receives the path of every file that was asked for, also when the reading fails. */
  readonly files?: Set<string>;
  /** Checks that calls end within the shutdown; left out where no process is about to run on the settings. */
  readonly shutdown?: ShutdownTimes;
}

export interface SettingsFile {
  readonly settings: Settings;
  /** What works but should be looked at, for example a secret that every user of the machine can read. */
  readonly warnings: readonly ConfigurationFault[];
}

/** Reads and checks the settings file; throws one ConfigurationError with every fault and no value. */
export function readSettingsFile(
  path: string,
  { env, now = new Date(), files = new Set(), shutdown }: SettingsFileOptions,
): SettingsFile {
  const faults = new FaultList();
  files.add(resolve(path));
  const places = { folder: dirname(resolve(path)), env, files };
  const reading: SettingsReading = { faults, warnings: [], places, now, ...(shutdown && { shutdown }) };
  const plain = readYaml(readBounded(path, faults), faults);
  faults.throwAny(path);
  const document = validateDocument(plain, faults);
  const tenantDocuments = faults.isSound('tenants') ? document.tenants : [];
  const callerDocuments = faults.isSound('callers') ? (document.callers ?? []) : [];
  const issuerDocuments = faults.isSound('issuers') ? (document.issuers ?? []) : [];
  const tenants = readTenants(tenantDocuments, reading);
  const callers = readCallers(callerDocuments, tenantDocuments, reading);
  const issuers = readIssuers(issuerDocuments, tenantDocuments, reading);
  const ledger = readLedger(document, reading);
  const trustedProxies = readTrustedProxies(document.trustedProxies, reading);
  faults.throwAny(path);
  return {
    settings: Object.freeze({
      tenants,
      callers: Object.freeze(callers),
      issuers: Object.freeze(issuers),
      ledger,
      trustedProxies,
    }),
    warnings: reading.warnings,
  };
}

function readTrustedProxies(entries: readonly string[] | undefined, { faults }: SettingsReading) {
  if (entries === undefined || !faults.isSound('trustedProxies')) return [];
  entries.forEach((entry, index) => {
    const read = readProxyEntry(entry);
    if ('reason' in read) faults.add(`trustedProxies[${index}]`, read.reason);
  });
  return Object.freeze([...entries]);
}

/** One byte more than allowed is enough to see that it is too much. */
function readBounded(path: string, faults: FaultList): Uint8Array {
  try {
    if (!statSync(path).isFile()) throw Object.assign(new Error('not a file'), { code: 'not a file' });
    const buffer = Buffer.alloc(SETTINGS_BYTES_MAX + 1);
    const descriptor = openSync(path, 'r');
    try {
      return buffer.subarray(0, readSync(descriptor, buffer));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    faults.add(WHOLE_FILE, `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
    faults.throwAny(path);
    throw error;
  }
}
