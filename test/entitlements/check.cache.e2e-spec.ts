import * as fc from 'fast-check';
import { type Change, CheckWorld } from './support/check.world.js';

const RUNS = { numRuns: 40 } as const;

/** Histories of 3 replicas with writes, lost responses, late ledgers, purchases and ends of access at the vendor, and failures. */
const histories = (change: Change, hold: (world: CheckWorld) => void) =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 30 }), async (seed) => {
      const world = new CheckWorld(seed, change);
      await world.run(250);
      hold(world);
    }),
    RUNS,
  );

describe('CheckCache, over random histories', () => {
  it('returns nothing older than allowed, and nothing older than a write that had its response before', async () => {
    let served = 0;
    await histories({}, ({ violations, hits }) => {
      served += hits;
      expect(violations).toEqual([]);
    });
    expect(served).toBeGreaterThan(RUNS.numRuns);
  });

  it('holds this while the vendor fails and responses older than allowed are accepted then', () =>
    histories({ failing: 0.3, staleIfError: 20 }, ({ violations }) => expect(violations).toEqual([])));

  it('asks the vendor for each check while the fence is away', () =>
    histories({ fenceAway: 1 }, ({ violations, hits, vendorCalls, checks }) => {
      expect(violations).toEqual([]);
      expect({ hits, vendorCalls }).toEqual({ hits: 0, vendorCalls: checks });
    }));

  it('keeps no more than its entries, and nothing of a call that is over', () =>
    histories({ entries: 2, products: 5 }, ({ violations, keptMost, flightsLeft }) => {
      expect(violations).toEqual([]);
      expect(keptMost).toBeLessThanOrEqual(2);
      expect(flightsLeft).toBe(0);
    }));
});

describe('CheckCache', () => {
  it('never serves what was read for a client of another account or with other credentials', async () => {
    const world = new CheckWorld(1, {});
    expect(await world.checkNow({ replica: 0, client: 0 })).toMatchObject({ from: 'vendor' });
    expect(await world.checkNow({ replica: 0, client: 1 })).toMatchObject({ from: 'vendor' });
    expect(await world.checkNow({ replica: 0, client: 0 })).toMatchObject({ from: 'memory' });
    expect(await world.checkNow({ replica: 0, client: 0, merchant: true })).toMatchObject({ from: 'vendor' });
    expect(await world.checkNow({ replica: 1, client: 0 })).toMatchObject({ from: 'vendor' });
    expect(world.violations).toEqual([]);
  });

  it('asks the vendor for a user who is named by a UUID or with another spelling of the number', async () => {
    const world = new CheckWorld(1, {});
    for (const userId of ['0b8a52a0-0d2a-4b8e-9a55-3d6b6f6f0000', '042', '0']) {
      for (let i = 0; i < 2; i += 1) {
        expect(await world.checkNow({ userId })).toEqual({
          from: 'vendor',
          reason: 'bypass',
          detail: 'id-not-numeric',
        });
      }
    }
  });

  it('keeps what was granted: false only as long as the settings allow it', async () => {
    const world = new CheckWorld(1, { granted: false });
    for (let i = 0; i < 2; i += 1) {
      expect(await world.checkNow({})).toEqual({
        from: 'vendor',
        reason: 'uri-miss',
        isStored: false,
        isCollapsed: false,
      });
    }
    const patient = new CheckWorld(1, { granted: false, notGranted: 5 });
    await patient.checkNow({});
    expect(await patient.checkNow({})).toMatchObject({ from: 'memory' });
    patient.pass(6);
    expect(await patient.checkNow({})).toMatchObject({ from: 'vendor', reason: 'request' });
  });

  it('keeps nothing for no-store, and forgets what is older than a fresh check', async () => {
    const world = new CheckWorld(1, {});
    await world.checkNow({ allows: { maxAgeSeconds: 0, staleIfErrorSeconds: 0, mayStore: false } });
    expect(await world.checkNow({})).toMatchObject({ reason: 'uri-miss', isStored: true });
    expect(
      await world.checkNow({ allows: { maxAgeSeconds: 0, staleIfErrorSeconds: 0, mayStore: true } }),
    ).toBe(undefined);
    expect(await world.checkNow({})).toMatchObject({ reason: 'uri-miss' });
  });

  it('counts the time for which the machine slept, and none when the clock is set back', async () => {
    const world = new CheckWorld(1, {});
    await world.checkNow({});
    world.setWallClock(-3_600);
    expect(await world.checkNow({})).toMatchObject({ from: 'memory', ageSeconds: 0 });
    world.setWallClock(3_600);
    expect(await world.checkNow({})).toMatchObject({ from: 'vendor', reason: 'stale' });
  });
});
