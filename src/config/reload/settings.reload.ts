import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { resolve } from 'node:path';
import { ConfigurationError, type ConfigurationIssue } from '../configuration.error.js';
import { WHOLE_FILE } from '../configuration.report.js';
import { FileWatch, stampOf } from './file.watch.js';
import { reloadedLedger } from './ledger.reload.js';
import { readSettingsFile, type SettingsFile, type SettingsFileOptions } from '../settings/settings.file.js';
import type { SettingsSource } from '../settings/settings.source.js';

/** Files that change while they are read are read again, at most this often; the next poll sees later changes. */
const ATTEMPTS_MAX = 5;

/**
 * Replaces the settings in force whenever the settings file or a secret it refers to changes: at once by watching, on
 * SIGHUP by `reload`. A file with errors is refused whole and the settings in force stay. Only what is in files can
 * change: the environment of a process is fixed at its start.
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

  /** Reads once more: the file may have changed between the first read and the watch. */
  onApplicationBootstrap(): void {
    if (this.file === undefined) return;
    this.#watch = new FileWatch(() => this.#reload());
    this.#reload();
  }

  onApplicationShutdown(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  /** On demand; the result is in the log and in the state of the settings. */
  reload(): void {
    if (!this.#watch) return;
    this.#log.log('reading the settings again, as requested');
    this.#reload();
  }

  #reload(): void {
    const { file, source } = this;
    if (file === undefined || !this.#watch) return;
    const { files, stamp, outcome } = this.#read(file);
    this.#files = files;
    if (outcome instanceof ConfigurationError) this.#refuse(outcome.issues);
    else this.#replace(outcome, source);
    this.#watch.follow(files, stamp);
  }

  #replace({ settings, warnings }: SettingsFile, source: SettingsSource): void {
    const { ledger, ...ofLedger } = reloadedLedger(source.current.ledger, settings.ledger);
    if (ofLedger.errors.length > 0) return this.#refuse(ofLedger.errors);
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

  #warn(warnings: readonly ConfigurationIssue[]): void {
    for (const { path, reason } of warnings) this.#log.warn(`${path} ${reason}`);
  }

  #refuse(errors: readonly ConfigurationIssue[]): void {
    this.source.refuse(errors);
    const list = errors.map(({ path, reason }) => `${path} ${reason}`).join('; ');
    this.#log.error(`settings refused, those in force stay: ${list}`);
  }

  /** Reads until no file has changed meanwhile, so that no settings are a mixture of before and after. */
  #read(file: string): FileRead {
    let files = this.#files;
    for (let attempts = 1; ; attempts += 1) {
      const before = stampOf(files);
      const read = new Set([resolve(file)]);
      const outcome = attempt(() => readSettingsFile(file, { ...this.options, files: read }));
      const stamp = stampOf(read);
      if (stamp === before || attempts === ATTEMPTS_MAX) return { files: read, stamp, outcome };
      files = read;
    }
  }
}

interface FileRead {
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
