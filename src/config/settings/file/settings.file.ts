import { closeSync, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ConfigurationIssue } from '../../errors/configuration.error.js';
import { reasonOfFileError, reasonOfUnreadableFile } from '../../data.folder.js';
import { ConfigurationReport, WHOLE_FILE } from '../../errors/configuration.report.js';
import type { ShutdownTimes } from '../../environment/shutdown.times.js';
import type { FileList } from '../../secrets/secret.reference.js';
import { FileStamps } from './file.stamps.js';
import { parseDocument } from './settings.parser.js';
import { checkDocument, type Settings } from '../settings.js';
import { readYaml, SETTINGS_BYTES_MAX } from '../../yaml/settings.yaml.js';

export interface SettingsFileOptions {
  /** For references of the form `{ env: NAME }`. */
  readonly env: NodeJS.ProcessEnv;
  /** Against which expiry is judged for the warnings; now when left out. */
  readonly now?: Date;
  /** Receives the path of every file before it is read, also when it is missing or the settings are refused. */
  readonly files?: FileList;
  /** Checks that calls end within the shutdown; left out where no process is about to run on the settings. */
  readonly shutdown?: ShutdownTimes;
}

export interface SettingsFile {
  readonly settings: Settings;
  /** Valid settings that deserve attention, for example a secret that every user of the machine can read. */
  readonly warnings: readonly ConfigurationIssue[];
}

/**
 * Parses the settings file in phases: YAML, each value by itself, what crosses the parts of the file. A phase begins only
 * without errors in the one before.
 * @throws ConfigurationError with every error of a phase and no value
 */
export function readSettingsFile(
  path: string,
  { env, now = new Date(), files = new FileStamps(), shutdown }: SettingsFileOptions,
): SettingsFile {
  const report = new ConfigurationReport();
  files.add(resolve(path));
  const plain = readYaml(readBounded(path, report), report);
  report.throwErrors(path, 'its settings');
  const document = parseDocument(plain, { folder: dirname(resolve(path)), env, files }, report);
  report.throwErrors(path, 'rules between settings');
  const settings = checkDocument(document, { report, now, ...(shutdown && { shutdown }) });
  report.throwErrors(path);
  return { settings, warnings: report.warnings };
}

/** One byte more than allowed is enough to see that it is too much. */
function readBounded(path: string, report: ConfigurationReport): Uint8Array {
  try {
    const reason = reasonOfUnreadableFile(path);
    if (reason !== undefined) throw new Error(reason);
    const buffer = Buffer.alloc(SETTINGS_BYTES_MAX + 1);
    const descriptor = openSync(path, 'r');
    try {
      return buffer.subarray(0, readSync(descriptor, buffer));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    report.error(WHOLE_FILE, `cannot be read: ${reasonOfFileError(error)}`);
    report.throwErrors(path);
    throw error;
  }
}
