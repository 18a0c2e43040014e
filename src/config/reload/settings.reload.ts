import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigurationError, type ConfigurationIssue } from '../errors/configuration.error.js';
import type { FileStamps } from '../settings/file/file.stamps.js';
import type { SettingsFile } from '../settings/file/settings.file.js';
import type { SettingsSource } from '../settings/settings.source.js';
import { lineOfIssue } from '../yaml/located.issues.js';
import { FileWatch } from './file.watch.js';
import { reloadedLedger } from './ledger.reload.js';
import type { ReadOptions } from './settings.read.js';
import { readSettingsBySize } from './settings.thread.js';

export interface ReloadOptions extends ReadOptions {
  /** The files of the settings in force as they were read; left out, they are read again at the start. */
  readonly files?: FileStamps;
  /** How the settings are read; by their size when left out. */
  readonly read?: typeof readSettingsBySize;
}

/**
 * Replaces the settings in force whenever the settings file or a secret it refers to changes: at once by watching, on
 * SIGHUP by `reload`. A file with errors is refused whole and the settings in force stay. Only what is in files can
 * change: the environment of a process is fixed at its start.
 */
export class SettingsReload implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('Settings');
  readonly #ended = new AbortController();
  #watch: FileWatch | undefined;
  /** The reload under way. */
  #running: Promise<void> | undefined;
  #isAgainDue = false;
  /** Of the settings in force, so that each reload logs what is new. Empty at the start, whose warnings others log. */
  #warned: ReadonlySet<string> = new Set();

  /** Without a file, in embedded mode, there is nothing to reload. */
  constructor(
    private readonly file: string | undefined,
    private readonly source: SettingsSource,
    private readonly options: ReloadOptions,
  ) {}

  /** The files may have changed between the first read and the watch. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.file === undefined) return;
    this.#watch = new FileWatch(() => void this.#reload());
    if (this.options.files) this.#watch.follow(this.options.files);
    else await this.#reload();
  }

  onApplicationShutdown(): void {
    this.#ended.abort();
    this.#watch?.close();
    this.#watch = undefined;
  }

  /** On demand; the result is in the log and in the state of the settings once the promise is fulfilled. */
  async reload(): Promise<void> {
    if (!this.#watch) return;
    this.#log.log('reading the settings again, as requested');
    await this.#reload();
  }

  /** One at a time. What changes during a reload is read after it. */
  async #reload(): Promise<void> {
    this.#isAgainDue = true;
    this.#running ??= this.#readWhileDue().finally(() => (this.#running = undefined));
    await this.#running;
  }

  async #readWhileDue(): Promise<void> {
    while (this.#isAgainDue && this.#watch) {
      this.#isAgainDue = false;
      await this.#read();
    }
  }

  async #read(): Promise<void> {
    const { file, source, options } = this;
    if (file === undefined) return;
    const { read = readSettingsBySize } = options;
    const { files, outcome } = await read(file, {
      ...options,
      before: source.current,
      ended: this.#ended.signal,
    });
    if (!this.#watch) return;
    if (outcome instanceof ConfigurationError) this.#refuse(outcome.issues);
    else this.#replace(outcome, source);
    this.#watch.follow(files);
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
    this.#warn(warnings.filter((issue) => !this.#warned.has(keyOf(issue))));
    this.#warned = new Set(warnings.map(keyOf));
  }

  #warn(warnings: readonly ConfigurationIssue[]): void {
    for (const issue of warnings) this.#log.warn(lineOfIssue(this.file ?? '', issue));
  }

  #refuse(errors: readonly ConfigurationIssue[]): void {
    this.source.refuse(errors);
    const list = errors.map((issue) => lineOfIssue(this.file ?? '', issue)).join('; ');
    this.#log.error(`settings refused, those in force stay: ${list}`);
  }
}

/** Without the line, which moves with every edit above it. */
function keyOf({ path, reason }: ConfigurationIssue): string {
  return `${path}: ${reason}`;
}
