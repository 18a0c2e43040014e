import { ConfigurationError, type ConfigurationIssue } from './configuration.error.js';

/** Path of an error that concerns the whole file. */
export const WHOLE_FILE = '(file)';

/** Collects errors and warnings while the environment or the settings file is parsed. */
export class ConfigurationReport {
  /** Valid settings that deserve attention. */
  readonly warnings: ConfigurationIssue[] = [];
  readonly #errors: ConfigurationIssue[] = [];

  error(path: string, reason: string): void {
    this.#errors.push({ path, reason });
  }

  warn(path: string, reason: string): void {
    this.warnings.push({ path, reason });
  }

  /** Whether the value at this path itself has an error: what is inside it is then not what its class declares. */
  hasErrorAt(path: string): boolean {
    return this.#errors.some((error) => error.path === path);
  }

  /** Whether the value at this path, or one inside it, has an error. */
  hasErrorWithin(path: string): boolean {
    return this.#errors.some(
      (error) =>
        error.path === path || error.path.startsWith(`${path}.`) || error.path.startsWith(`${path}[`),
    );
  }

  /** Throws one ConfigurationError with every error. */
  throwErrors(source: string, notChecked?: string): void {
    if (this.#errors.length > 0) {
      throw new ConfigurationError(source, this.#errors, this.warnings, notChecked);
    }
  }
}
