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

/** Adds an error at each value that an earlier entry has as well, and names the earlier one. `path` names each value. */
export function checkUnique(
  values: readonly { readonly path: string; readonly value: string }[],
  reason: string,
  { report }: SettingsChecks,
): void {
  const seen = new Map<string, string>();
  for (const { path, value } of values) {
    const earlier = seen.get(value);
    if (earlier === undefined) seen.set(value, path);
    else report.error(path, `${reason}: ${earlier}`);
  }
}
