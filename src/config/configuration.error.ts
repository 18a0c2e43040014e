/** One mistake in the environment or the settings file: where it is and what is wrong, never the value. */
export interface ConfigurationFault {
  /** Variable name or path in the settings file, for example `tenants[0].spid.clientSecret`. */
  readonly path: string;
  readonly reason: string;
}

/** Every mistake found, reported together, so that one start shows the whole list. */
export class ConfigurationError extends Error {
  constructor(
    readonly source: string,
    readonly faults: readonly ConfigurationFault[],
  ) {
    super(`${source}: ${faults.map(({ path, reason }) => `${path} ${reason}`).join('; ')}`);
    this.name = 'ConfigurationError';
  }
}
