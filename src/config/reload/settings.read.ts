import { ConfigurationError, type ConfigurationIssue } from '../configuration.error.js';
import { WHOLE_FILE } from '../configuration.report.js';
import { FileStamps } from '../settings/file.stamps.js';
import { readSettingsFile, type SettingsFile, type SettingsFileOptions } from '../settings/settings.file.js';

export type ReadOptions = Pick<SettingsFileOptions, 'env' | 'shutdown'>;

/** One attempt to read the settings. */
export interface SettingsRead {
  /** Every file that was read or missed. */
  readonly files: FileStamps;
  readonly outcome: SettingsFile | ConfigurationError;
}

/** Files that change while they are read are read again, at most this often; the next poll sees later changes. */
const ATTEMPTS_MAX = 5;

/** Reads until no file has changed meanwhile, so that no settings are a mixture of before and after. */
export function readSettings(file: string, options: ReadOptions): SettingsRead {
  for (let attempts = 1; ; attempts += 1) {
    const files = new FileStamps();
    const outcome = attempt(() => readSettingsFile(file, { ...options, files }));
    if (attempts === ATTEMPTS_MAX || !new FileStamps(files).haveChanged()) return { files, outcome };
  }
}

function attempt(read: () => SettingsFile): SettingsFile | ConfigurationError {
  try {
    return read();
  } catch (error) {
    return error instanceof ConfigurationError ? error : unreadable(error);
  }
}

/** What should not happen must not end a process that serves with good settings. */
export function unreadable(error: unknown): ConfigurationError {
  const name = error instanceof Error ? error.name : 'unknown error';
  const issue: ConfigurationIssue = { path: WHOLE_FILE, reason: `cannot be read (${name})` };
  return new ConfigurationError('settings', [issue]);
}
