import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { resolve } from 'node:path';
import { ConfigurationError, type ConfigurationFault } from '../configuration.error.js';
import { WHOLE_FILE } from '../configuration.report.js';
import { FileWatch, stampOf } from './file.watch.js';
import { reloadedLedger } from './ledger.reload.js';
import { readSettingsFile, type SettingsFile, type SettingsFileOptions } from '../settings/settings.file.js';
import type { SettingsSource } from '../settings/settings.source.js';

/** Files that change while they are read are read again; who writes without a pause is heard at the next look. */
const READINGS_MAX = 5;

/**
 * Puts the settings in force again whenever the settings file or a secret it refers to changes: at once by watching,
 * on SIGHUP by `reload`. A file with faults is refused whole and the settings before it stay in force. Only what is in
 * files can change: the environment of a process stays what it was at its start.
 */
export class SettingsReload implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('Settings');
  #watch: FileWatch | undefined;
  #files: ReadonlySet<string> = new Set();

  /** Without a file, in embedded mode, there is nothing to reload. */
  constructor(
    private readonly file: string | undefined,
    private readonly source: SettingsSource,
    private readonly options: Pick<SettingsFileOptions, 'env' | 'shutdown'>,
  ) {}

  /** Reads once more: the file may have changed between the first reading and the watch. */
  onApplicationBootstrap(): void {
    if (this.file === undefined) return;
    this.#watch = new FileWatch(() => this.#reload());
    this.#reload();
  }

  onApplicationShutdown(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  /** On demand; answers through the log and the state of the settings. */
  reload(): void {
    if (!this.#watch) return;
    this.#log.log('reading the settings again, as asked');
    this.#reload();
  }

  #reload(): void {
    const { file, source } = this;
    if (file === undefined || !this.#watch) return;
    const { files, stamp, outcome } = this.#read(file);
    this.#files = files;
    if (outcome instanceof ConfigurationError) this.#refuse(outcome.faults);
    else this.#replace(outcome, source);
    this.#watch.follow(files, stamp);
  }

  #replace({ settings, warnings }: SettingsFile, source: SettingsSource): void {
    const { ledger, ...ofLedger } = reloadedLedger(source.current.ledger, settings.ledger);
    if (ofLedger.faults.length > 0) return this.#refuse(ofLedger.faults);
    const wasRefused = source.state.state === 'refused';
    const differs = source.replace({ ...settings, ledger });
    this.#warn(ofLedger.warnings);
    if (!differs && !wasRefused) return;
    this.#log.log(
      `settings reloaded: ${settings.tenants.size} tenant(s), ${settings.callers.length} caller(s)` +
        (differs ? '' : ', as before'),
    );
    this.#warn(warnings);
  }

  #warn(warnings: readonly ConfigurationFault[]): void {
    for (const { path, reason } of warnings) this.#log.warn(`${path} ${reason}`);
  }

  #refuse(faults: readonly ConfigurationFault[]): void {
    this.source.refuse(faults);
    const list = faults.map(({ path, reason }) => `${path} ${reason}`).join('; ');
    this.#log.error(`settings refused, those before stay in force: ${list}`);
  }

  /** Reads until nothing has changed meanwhile, so that no settings are a mixture of before and after. */
  #read(file: string): Reading {
    let files = this.#files;
    for (let readings = 1; ; readings += 1) {
      const before = stampOf(files);
      const asked = new Set([resolve(file)]);
      const outcome = attempt(() => readSettingsFile(file, { ...this.options, files: asked }));
      const stamp = stampOf(asked);
      if (stamp === before || readings === READINGS_MAX) return { files: asked, stamp, outcome };
      files = asked;
    }
  }
}

interface Reading {
  readonly files: ReadonlySet<string>;
  readonly stamp: string;
  readonly outcome: SettingsFile | ConfigurationError;
}

function attempt(read: () => SettingsFile): SettingsFile | ConfigurationError {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    // What should not happen must not end a process that serves with good settings.
    const reason = `cannot be read (${error instanceof Error ? error.name : 'unknown error'})`;
    return new ConfigurationError('settings', [{ path: WHOLE_FILE, reason }]);
  }
}
