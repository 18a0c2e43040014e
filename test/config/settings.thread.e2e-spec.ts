import { Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ConfigurationError } from '../../src/config/errors/configuration.error.js';
import { knownSecrets } from '../../src/config/secrets/known.secrets.js';
import { type ReloadOptions, SettingsReload } from '../../src/config/reload/settings.reload.js';
import { readSettings } from '../../src/config/reload/settings.read.js';
import { readSettingsApart, readSettingsBySize } from '../../src/config/reload/settings.thread.js';
import { readSettingsFile } from '../../src/config/settings/file/settings.file.js';
import type { Settings } from '../../src/config/settings/settings.js';
import { SettingsSource } from '../../src/config/settings/settings.source.js';
import { SettingsFolder } from '../support/settings.folder.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const document = (callers: number, limit = 100): object => ({
  tenants: [
    {
      name: 'demo',
      import2: { baseUrl: 'https://import2.example.com/api/v2.1', apiToken: { file: 'token' } },
    },
  ],
  callers: Array.from({ length: callers }, (_, at) => ({
    name: `caller-${at}`,
    tenants: ['demo'],
    scopes: ['migrations:read'],
    keys: [{ sha256: sha256(`key-${at}`), expires: '2999-01-01T00:00:00Z' }],
    limit: { requests: at === 0 ? limit : 100, perSeconds: 1 },
  })),
});

describe('settings that are read in a thread of their own', () => {
  let folder: SettingsFolder;
  let ended: AbortController;

  beforeEach(() => {
    Logger.overrideLogger(false);
    ended = new AbortController();
    folder = new SettingsFolder();
    folder.replace('token', 'the-token-of-import2');
    folder.settings(document(1));
  });

  afterEach(() => folder.remove());

  const settingsNow = (): Settings => readSettingsFile(folder.file, { env: {} }).settings;
  const read = (before: Settings) => readSettingsApart(folder.file, { env: {}, before, ended: ended.signal });

  it('keep unchanged callers, and let the event loop turn meanwhile', async () => {
    folder.settings(document(400));
    const before = settingsNow();
    folder.settings(document(400, 7));
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    const { outcome } = await readSettingsBySize(folder.file, { env: {}, before, ended: ended.signal });
    clearInterval(counting);
    if (outcome instanceof Error) throw outcome;
    const { callers } = outcome.settings;
    expect(callers.map((caller, at) => caller === before.callers[at])).toEqual([
      false,
      ...Array.from({ length: 399 }, () => true),
    ]);
    expect(callers[0]?.limit.requests).toBe(7);
    // In this thread, they would be read within one turn.
    expect(turns).toBeGreaterThan(20);
  });

  it('report the same errors, and their secrets are known before anything is logged', async () => {
    const before = settingsNow();
    folder.replace('token', 'the-token-of-refused-settings');
    folder.settings({ ...document(2), trustedProxies: ['10.0.0.0/99'], unknown: 1 });
    const { outcome, files } = await read(before);
    const known = knownSecrets.all().map(({ secret }) => secret.reveal());
    expect(known).toContain('the-token-of-refused-settings');
    const here = readSettings(folder.file, { env: {} }).outcome as ConfigurationError;
    expect(outcome).toBeInstanceOf(ConfigurationError);
    expect([(outcome as ConfigurationError).issues, (outcome as ConfigurationError).message]).toEqual([
      here.issues,
      here.message,
    ]);
    expect(files.haveChanged()).toBe(false);
  });

  it('are refused when the thread ends without a result', async () => {
    const reading = read(settingsNow());
    ended.abort();
    const { outcome } = await reading;
    expect(outcome).toMatchObject({
      issues: [{ path: '(file)', reason: expect.stringContaining('cannot be read') }],
    });
  });
});

describe('SettingsReload', () => {
  let folder: SettingsFolder;
  let source: SettingsSource;
  let reads: (() => void)[];
  let reload: SettingsReload;

  beforeEach(() => {
    Logger.overrideLogger(false);
    folder = new SettingsFolder();
    folder.replace('token', 'the-token-of-import2');
    folder.settings(document(1));
    reads = [];
    const { files, outcome } = readSettings(folder.file, { env: {} });
    if (outcome instanceof Error) throw outcome;
    source = new SettingsSource(outcome.settings);
    // The file as it is when the read begins; the result comes when the test lets it.
    const read: ReloadOptions['read'] = async (file, options) => {
      const result = readSettings(file, options);
      await new Promise<void>((resolve) => reads.push(resolve));
      return result;
    };
    reload = new SettingsReload(folder.file, source, { env: {}, files, read });
  });

  afterEach(() => {
    reload.onApplicationShutdown();
    folder.remove();
  });

  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('reads nothing at the start when the files are as they were read', async () => {
    await reload.onApplicationBootstrap();
    expect(reads).toEqual([]);
  });

  it('reads again what changed since the first read', async () => {
    folder.settings(document(2));
    await reload.onApplicationBootstrap();
    await until(() => reads.length === 1);
    reads[0]?.();
    await until(() => source.current.callers.length === 2);
  });

  it('reads again after a reload during which it was asked to', async () => {
    await reload.onApplicationBootstrap();
    void reload.reload();
    folder.settings(document(2));
    void reload.reload();
    expect(reads.length).toBe(1);
    reads[0]?.();
    await until(() => reads.length === 2);
    reads[1]?.();
    await until(() => source.current.callers.length === 2);
  });

  it('leaves the settings in force as they are when the process ends meanwhile', async () => {
    await reload.onApplicationBootstrap();
    const before = source.current;
    folder.settings(document(2));
    const reading = reload.reload();
    reload.onApplicationShutdown();
    reads[0]?.();
    await reading;
    expect(source.current).toBe(before);
  });
});
