import { once } from 'node:events';
import { statSync } from 'node:fs';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { ConfigurationError, type ConfigurationIssue } from '../errors/configuration.error.js';
import type { ShutdownTimes } from '../environment/shutdown.times.js';
import { knownSecrets } from '../secrets/known.secrets.js';
import { Secret } from '../secrets/secret.js';
import type { CallerSettings } from '../settings/caller.settings.js';
import { FileStamps } from '../settings/file/file.stamps.js';
import type { SettingsFile } from '../settings/file/settings.file.js';
import type { Settings } from '../settings/settings.js';
import { sameValue } from '../settings/structural.sharing.js';
import { openedTexts, unpacked } from './packed.settings.js';
import { type ReadOptions, readSettings, type SettingsRead, unreadable } from './settings.read.js';

/** What the thread is asked to read; its environment is that of the process. */
export interface ReadRequest {
  readonly file: string;
  readonly shutdown?: ShutdownTimes;
}

/** What the thread posts first; callers follow, a part for each message with the number of callers received so far. */
export interface FirstMessage {
  readonly files: readonly (readonly [string, string])[];
  readonly outcome:
    | { readonly settings: unknown; readonly warnings: readonly ConfigurationIssue[] }
    | { readonly source: string; readonly issues: readonly ConfigurationIssue[] };
  /** Of every secret that was read, also of those in refused settings. */
  readonly secretNames: readonly string[];
  /** Number of callers in all. */
  readonly callers: number;
  /** Secrets in the settings, then those of `secretNames`. */
  readonly texts: Uint8Array;
}

/** A file of 20 callers: read in about 10 ms. A thread takes 200 ms of processor time and 30 MB until it can read. */
const SMALL_BYTES = 8 * 1024;

/** Reads a small file at once, any other in a thread of its own. */
export function readSettingsBySize(file: string, options: ApartOptions): Promise<SettingsRead> {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return bytes > SMALL_BYTES
    ? readSettingsApart(file, options)
    : Promise.resolve(readSettings(file, options));
}

export interface ApartOptions extends ReadOptions {
  /** The settings in force. */
  readonly before: Settings;
  /** Ends the thread, for example at the end of the process. */
  readonly ended: AbortSignal;
}

/**
 * Reads the settings in a thread of its own, which ends with it: 10,000 callers take seconds to parse, in which requests go on.
 * Callers equal to those in `before` are the same objects. Never rejects: an unexpected error refuses the settings.
 */
export async function readSettingsApart(
  file: string,
  { env, shutdown, before, ended }: ApartOptions,
): Promise<SettingsRead> {
  const request: ReadRequest = { file, ...(shutdown && { shutdown }) };
  const worker = new Worker(new URL('./settings.worker.js', import.meta.url), {
    workerData: request,
    env: env === process.env ? SHARE_ENV : env,
  });
  try {
    const first = (await nextMessage(worker, ended)) as FirstMessage;
    const files = new FileStamps(first.files);
    const secrets = openedTexts(first.texts).map((text) => new Secret(text));
    const inSettings = secrets.length - first.secretNames.length;
    // Before any other use: new secrets are tried at the vendors before they are in force.
    first.secretNames.forEach((name, at) => knownSecrets.learn(name, secrets[inSettings + at]));
    if ('issues' in first.outcome) {
      return { files, outcome: new ConfigurationError(first.outcome.source, first.outcome.issues) };
    }
    const settings = unpacked(first.outcome.settings, secrets) as Omit<Settings, 'callers'>;
    const callers = await callersOf(worker, { count: first.callers, before, ended });
    return { files, outcome: { ...first.outcome, settings: Object.freeze({ ...settings, callers }) } };
  } catch (error) {
    return { files: new FileStamps([[file, '']]), outcome: unreadable(error) };
  } finally {
    await worker.terminate();
  }
}

interface Transfer {
  readonly count: number;
  readonly before: Settings;
  readonly ended: AbortSignal;
}

async function callersOf(
  worker: Worker,
  { count, before, ended }: Transfer,
): Promise<SettingsFile['settings']['callers']> {
  const known = new Map(before.callers.map((caller) => [caller.name, caller]));
  const callers: CallerSettings[] = [];
  while (callers.length < count) {
    worker.postMessage(callers.length, []);
    const part = (await nextMessage(worker, ended)) as readonly unknown[];
    for (const each of part) {
      const caller = unpacked(each, []) as CallerSettings;
      const old = known.get(caller.name);
      callers.push(old && sameValue(old, caller) ? old : caller);
    }
  }
  return Object.freeze(callers);
}

/** Rejects when the thread fails or ends. */
async function nextMessage(worker: Worker, ended: AbortSignal): Promise<unknown> {
  const over = new AbortController();
  const exit = once(worker, 'exit', { signal: AbortSignal.any([over.signal, ended]) }).then(() => {
    throw new Error('the thread has ended');
  });
  try {
    const [message] = (await Promise.race([once(worker, 'message'), exit])) as [unknown];
    return message;
  } finally {
    over.abort();
    exit.catch(() => undefined);
  }
}
