import { Injectable } from '@nestjs/common';
import type { ConfigurationIssue } from '../errors/configuration.error.js';
import type { Settings } from './settings.js';
import { sameValue, sharing } from './structural.sharing.js';

/** Whether the settings in force are those of the file as it is now. */
export interface SettingsState {
  /** `refused`: the file, or a secret it refers to, has errors; the settings in force stay. */
  readonly state: 'current' | 'refused';
  /** When these settings came into force, or since when the file is refused. */
  readonly since: Date;
  readonly errors: readonly ConfigurationIssue[];
}

/** The settings in force. Read `current` at each use and keep no part of it across requests. */
@Injectable()
export class SettingsSource {
  #current: Settings;
  #state: SettingsState = { state: 'current', since: new Date(), errors: [] };
  readonly #listeners = new Set<() => void>();

  constructor(initial: Settings) {
    this.#current = initial;
  }

  get current(): Settings {
    return this.#current;
  }

  get state(): SettingsState {
    return this.#state;
  }

  /**
   * Puts other settings in force, for every request that begins from now on. Equal parts stay the same objects. Returns
   * whether anything differs.
   */
  replace(settings: Settings): boolean {
    const differs = !sameValue(this.#current, settings);
    if (differs) this.#current = sharing(this.#current, settings);
    if (differs || this.#state.state === 'refused') {
      this.#state = { state: 'current', since: new Date(), errors: [] };
    }
    if (differs) for (const listener of this.#listeners) listener();
    return differs;
  }

  /** Records that the file is refused; the settings in force stay. */
  refuse(errors: readonly ConfigurationIssue[]): void {
    const since = this.#state.state === 'refused' ? this.#state.since : new Date();
    this.#state = { state: 'refused', since, errors };
  }

  /** Calls back after each change. Returns the function that ends this. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
