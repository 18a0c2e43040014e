import type { ConfigurationReport } from '../errors/configuration.report.js';
import type { ShutdownTimes } from '../environment/shutdown.times.js';

/** What the second phase of parsing has: every setting is valid by itself, and they are checked against each other. */
export interface SettingsChecks {
  readonly report: ConfigurationReport;
  /** Against which expiry is judged. */
  readonly now: Date;
  /** Calls have to end within these; not checked when left out. */
  readonly shutdown?: ShutdownTimes;
}

/** Adds an error at each value that an earlier entry has as well. `path` names each value. */
export function checkUnique(
  values: readonly { readonly path: string; readonly value: string }[],
  reason: string,
  { report }: SettingsChecks,
): void {
  const seen = new Set<string>();
  for (const { path, value } of values) {
    if (seen.has(value)) report.error(path, reason);
    seen.add(value);
  }
}
