/**
 * One thing to correct or to know of in the environment or the settings file: where it is and what is
 * wrong. Never a value that could be a secret; numbers and words where none is expected may be shown.
 */
export interface ConfigurationIssue {
  /** Variable name or path in the settings file, for example `tenants[0].spid.clientSecret`. */
  readonly path: string;
  readonly reason: string;
  /** Place in the settings file, counted from 1, where it is known. */
  readonly line?: number;
  readonly column?: number;
  /** In whose entry it is, for example `tenant north`. */
  readonly owner?: string;
}

/** Every error found, reported together, so that one start shows the whole list. */
export class ConfigurationError extends Error {
  constructor(
    readonly source: string,
    readonly issues: readonly ConfigurationIssue[],
    /** What deserves attention beside the errors. */
    readonly warnings: readonly ConfigurationIssue[] = [],
    /** What the errors kept from being checked, for example `rules between settings`. */
    readonly notChecked?: string,
  ) {
    super(`${source}: ${issues.map(({ path, reason }) => `${path} ${reason}`).join('; ')}`);
    this.name = 'ConfigurationError';
  }
}
