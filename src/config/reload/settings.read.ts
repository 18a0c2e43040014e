import { ConfigurationError, type ConfigurationIssue } from '../errors/configuration.error.js';
import { WHOLE_FILE } from '../errors/configuration.report.js';
import { FileStamps } from '../settings/file/file.stamps.js';
import { withPlaces } from '../yaml/located.issues.js';
import {
  readSettingsFile,
  type SettingsFile,
  type SettingsFileOptions,
} from '../settings/file/settings.file.js';

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
    const outcome = attempt(file, () => readSettingsFile(file, { ...options, files }));
    if (attempts === ATTEMPTS_MAX || !new FileStamps(files).haveChanged()) return { files, outcome };
  }
}

/** Places are found here, in the thread that reads a large file. */
function attempt(file: string, read: () => SettingsFile): SettingsFile | ConfigurationError {
  try {
    const { settings, warnings } = read();
    return { settings, warnings: withPlaces(file, warnings) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) return unreadable(error);
    return new ConfigurationError(error.source, withPlaces(file, error.issues), error.warnings);
  }
}

/** What should not happen must not end a process that serves with good settings. */
export function unreadable(error: unknown): ConfigurationError {
  const { name = 'unknown error', code } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const reason = `cannot be read (${code === undefined ? name : `${name} ${code}`})`;
  const issue: ConfigurationIssue = { path: WHOLE_FILE, reason };
  return new ConfigurationError('settings', [issue]);
}
