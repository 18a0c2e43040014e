import { Registry } from 'prom-client';
import { BudgetMetrics } from './budget.metrics.js';
import type { BudgetSnapshot } from '../budget.types.js';

const RATED: BudgetSnapshot = {
  account: 'import2:aa',
  mode: 'shared',
  limits: { rate: { calls: 10, windowMs: 1_000 }, places: 16, attemptMs: 20_000 },
  gate: 'closed',
  gateReason: undefined,
  gateMs: 0,
  effectiveRate: 7,
  effectivePlaces: 16,
  placesUsed: 3,
  slotsUsed: 4,
  waiting: { interactive: 5, background: 2 },
};

const UNRATED: BudgetSnapshot = {
  ...RATED,
  account: 'spid:bb',
  mode: 'local',
  limits: { ...RATED.limits, rate: undefined, places: 64 },
  effectiveRate: undefined,
  effectivePlaces: 32,
};

describe('BudgetMetrics', () => {
  let registry: Registry;
  let snapshots: BudgetSnapshot[];
  let metrics: BudgetMetrics;

  beforeEach(() => {
    registry = new Registry();
    snapshots = [];
    metrics = new BudgetMetrics(registry, () => snapshots);
  });

  const series = async () =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

  const IMPORT2 = 'upstream="import2",account="import2:aa"';
  const SPID = 'upstream="spid",account="spid:bb"';

  it('have the state of an account with a rate', async () => {
    snapshots = [RATED];
    expect((await series()).filter((line) => line.includes(IMPORT2))).toEqual([
      `tollgate_budget_waiting_calls{${IMPORT2},class="interactive"} 5`,
      `tollgate_budget_waiting_calls{${IMPORT2},class="background"} 2`,
      `tollgate_budget_places_used{${IMPORT2}} 3`,
      `tollgate_budget_places{${IMPORT2}} 16`,
      `tollgate_budget_slots_used{${IMPORT2}} 4`,
      `tollgate_budget_slots{${IMPORT2}} 7`,
      `tollgate_budget_allowed_ratio{${IMPORT2}} 0.7`,
      `tollgate_budget_breaker_open{${IMPORT2},reason="throttled"} 0`,
      `tollgate_budget_breaker_open{${IMPORT2},reason="failing"} 0`,
      `tollgate_budget_degraded{${IMPORT2}} 0`,
    ]);
  });

  it('have no slots of an account without a rate, whose places are what is lowered', async () => {
    snapshots = [UNRATED];
    const lines = await series();
    expect(lines.filter((line) => line.includes('_slots'))).toEqual([]);
    expect(lines).toContain(`tollgate_budget_allowed_ratio{${SPID}} 0.5`);
  });

  it('show an open breaker, and one that lets a probe through, by its reason', async () => {
    const openNow = async () =>
      (await series())
        .filter((line) => /breaker_open.* 1$/.test(line))
        .map((line) => /reason="(\w+)"/.exec(line)?.[1]);
    snapshots = [{ ...RATED, gate: 'open', gateReason: 'throttled' }];
    expect(await openNow()).toEqual(['throttled']);
    snapshots = [{ ...RATED, gate: 'half-open', gateReason: 'failing' }];
    expect(await openNow()).toEqual(['failing']);
  });

  it('show that Redis is away', async () => {
    snapshots = [{ ...RATED, mode: 'degraded', effectiveRate: 4 }];
    const lines = await series();
    expect(lines).toContain(`tollgate_budget_degraded{${IMPORT2}} 1`);
    expect(lines).toContain(`tollgate_budget_allowed_ratio{${IMPORT2}} 0.4`);
  });

  it('have no series of an account that is gone', async () => {
    snapshots = [RATED, UNRATED];
    expect((await series()).some((line) => line.includes('spid:bb'))).toBe(true);
    snapshots = [RATED];
    expect((await series()).some((line) => line.includes('spid:bb'))).toBe(false);
  });

  it('count waits in seconds, refusals by reason, and what was revoked or came too late', async () => {
    metrics.granted('spid:bb', 'background', 1_500);
    metrics.refused('spid:bb', 'no-time');
    metrics.refused('spid:bb', 'no-time');
    metrics.revoked('spid:bb');
    metrics.missed('spid:bb');
    metrics.roundTrip('spid:bb', 2);
    const lines = await series();
    expect(lines).toContain(`tollgate_budget_wait_duration_seconds_sum{${SPID},class="background"} 1.5`);
    expect(lines).toContain(`tollgate_budget_refused_total{${SPID},reason="no-time"} 2`);
    expect(lines).toContain(`tollgate_budget_revoked_total{${SPID}} 1`);
    expect(lines).toContain(`tollgate_budget_missed_total{${SPID}} 1`);
    expect(lines).toContain('tollgate_budget_round_trip_duration_seconds_sum 0.002');
  });
});
