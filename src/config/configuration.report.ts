import { ConfigurationError, type ConfigurationFault } from './configuration.error.js';

/** Path of a fault that spoils everything in the file. */
export const WHOLE_FILE = '(file)';

/** Collects faults by path, so that a later check can leave out what an earlier one has already refused. */
export class FaultList {
  readonly #faults: ConfigurationFault[] = [];

  add(path: string, reason: string): void {
    this.#faults.push({ path, reason });
  }

  /** Nothing is wrong with the value at this path itself or with one that contains it. */
  isSound(path: string): boolean {
    return !this.#faults.some((fault) => contains(fault.path, path));
  }

  throwAny(source: string): void {
    if (this.#faults.length > 0) throw new ConfigurationError(source, this.#faults);
  }
}

function contains(outer: string, inner: string): boolean {
  return (
    outer === WHOLE_FILE || inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`)
  );
}
