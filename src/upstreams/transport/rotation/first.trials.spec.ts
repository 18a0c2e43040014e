import { Logger } from '@nestjs/common';
import type { SettingsSource } from '../../../config/settings/settings.source.js';
import { TenantSettings } from '../../../config/settings/tenant.settings.js';
import { until } from '../../../../test/support/until.js';
import { FirstTrials } from './first.trials.js';
import { MisconfiguredError, NotSentError } from '../upstream.errors.js';
import { recordOutcome, UpstreamHealth } from '../upstream.health.js';

const DETAILS = { upstream: 'spid', operation: 'token', reason: 'x' } as const;
const REFUSED = new MisconfiguredError({ ...DETAILS, refused: 'the vendor refuses the client secret' });

describe('the first trial of credentials', () => {
  let health: UpstreamHealth;
  let tenants: Map<string, TenantSettings>;
  let reload: () => void;
  let attempts: string[];
  let lines: string[];
  let trials: FirstTrials;
  /** What the next attempts meet; nothing: they succeed. */
  let failures: Error[];

  beforeEach(() => {
    health = new UpstreamHealth();
    [tenants, attempts, lines, failures] = [new Map(), [], [], []];
    const note = (level: string) => (fields: { tenant: string }, text: string) =>
      void lines.push(`${level} ${fields.tenant}: ${text}`);
    Logger.overrideLogger({ log: note('info'), warn: note('warn'), error: note('error') });
  });

  afterEach(() => {
    trials.close();
    Logger.overrideLogger(false);
  });

  const add = (...names: string[]) => {
    for (const name of names) tenants.set(name, { name, spid: {} } as TenantSettings);
  };

  function start(): void {
    const source = {
      get current() {
        return { tenants };
      },
      onChange: (listener: () => void) => {
        reload = listener;
        return () => undefined;
      },
    } as unknown as SettingsSource;
    const attempt = async (tenant: string): Promise<void> => {
      attempts.push(tenant);
      await Promise.resolve();
      const failure = failures.shift();
      recordOutcome(health.of(tenant, 'spid'), failure);
      if (failure) throw failure;
    };
    const trial = {
      upstream: 'spid' as const,
      isSet: ({ spid }: TenantSettings) => spid !== undefined,
      attempt,
    };
    trials = new FirstTrials(trial, source, health, { first: 1, max: 1 });
    trials.start();
  }

  const statusOf = (tenant: string) => health.of(tenant, 'spid').status;
  const working = (...names: string[]) =>
    until('they work', () => names.every((name) => statusOf(name) === 'working'));

  it('is made once for each tenant that uses the upstream', async () => {
    const names = Array.from({ length: 10 }, (_, at) => `tenant${at}`);
    add(...names);
    tenants.set('other', { ...new TenantSettings(), name: 'other' });
    start();
    await working(...names);
    expect(attempts.toSorted()).toEqual(names);
    expect(lines).toEqual([]);
  });

  it('is repeated until it succeeds, and logged once for each reason', async () => {
    add('demo');
    failures = [REFUSED, REFUSED, new NotSentError({ ...DETAILS, reason: 'ECONNREFUSED' })];
    start();
    await until('it was tried four times', () => attempts.length === 4 && statusOf('demo') === 'working');
    await until('its success is logged', () => lines.length === 3);
    expect(lines).toEqual([
      'error demo: the vendor refuses the client secret; every call for this tenant fails until the settings are corrected',
      'warn demo: the vendor cannot be reached (ECONNREFUSED); tried again',
      'info demo: the vendor accepts the credentials',
    ]);
  });

  it('is left out where a call has succeeded before', async () => {
    add('demo', 'other');
    recordOutcome(health.of('demo', 'spid'));
    start();
    await working('other');
    expect(attempts).toEqual(['other']);
  });

  it('is made for a tenant that a reload adds', async () => {
    add('demo');
    start();
    await working('demo');
    add('new');
    reload();
    await working('new');
    expect(attempts).toEqual(['demo', 'new']);
  });

  it('is not repeated for a tenant that a reload removes', async () => {
    add('demo', 'gone');
    failures = Array.from({ length: 1_000 }, () => REFUSED);
    start();
    const count = (tenant: string) => attempts.filter((each) => each === tenant).length;
    await until('both are repeated', () => count('gone') > 1 && count('demo') > 1);
    tenants.delete('gone');
    reload();
    const [gone, demo] = [count('gone'), count('demo')];
    await until('the other goes on', () => count('demo') > demo + 3);
    expect(count('gone')).toBe(gone);
  });
});
