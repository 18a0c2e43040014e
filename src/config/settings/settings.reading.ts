import type { ConfigurationFault } from '../configuration.error.js';
import type { FaultList } from '../configuration.report.js';
import { knownSecrets } from '../known.secrets.js';
import type { Secret } from '../secret.js';
import { readSecret, type SecretPlaces } from '../secret.source.js';
import type { SecretReference } from './settings.fields.js';
import type { ShutdownTimes } from '../environment/shutdown.times.js';

/** What one reading of the settings file needs and gathers on its way through the document. */
export interface SettingsReading {
  readonly faults: FaultList;
  /** Things that work but should be looked at. */
  readonly warnings: ConfigurationFault[];
  readonly places: SecretPlaces;
  readonly now: Date;
  /** Calls have to end within these; not checked when left out. */
  readonly shutdown?: ShutdownTimes;
}

/** Adds a fault at every value that stands earlier in the list as well. `paths` names each value. */
export function refuseRepeats(
  values: readonly { readonly path: string; readonly value: string }[],
  reason: string,
  faults: FaultList,
): void {
  const seen = new Set<string>();
  for (const { path, value } of values) {
    if (!faults.isSound(path)) continue;
    if (seen.has(value)) faults.add(path, reason);
    seen.add(value);
  }
}

/** The secret that a reference at this path leads to; what is wrong with it becomes a fault or a warning. */
export function secretAt(
  path: string,
  reference: SecretReference | undefined,
  { faults, places, warnings }: SettingsReading,
): Secret | undefined {
  if (reference === undefined || !faults.isSound(path)) return undefined;
  const result = readSecret(reference, places);
  // Before anything else is done with it: new secrets are tried at the vendors before they are in force.
  knownSecrets.learn(path, result.secret);
  if (result.secret === undefined) faults.add(path, result.reason);
  else if (result.warning !== undefined) warnings.push({ path, reason: result.warning });
  return result.secret;
}
