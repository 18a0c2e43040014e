import { OpenOperationsMetrics } from '../../../src/ledger/queries/open.operations.metrics.js';
import type { OperationWrite } from '../../../src/ledger/operation.types.js';
import { DatabaseUnavailableError } from '../../../src/store/database/database.errors.js';
import type { Database } from '../../../src/store/database/database.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { aWrite, CREATED, LedgerParts, running } from './ledger.parts.js';

const PAUSE_MS = 10_000;
const HOUR_MS = 3_600_000;

/** The gauges of unfinished operations, on any database. */
export function describeOpenOperations(open: () => Database): void {
  describe('the gauges of open operations', () => {
    let parts: LedgerParts;
    let metrics: Metrics;
    let counts: number;
    /** In place of the count. */
    let trouble: (() => Promise<never>) | undefined;

    beforeEach(async () => {
      parts = new LedgerParts(open());
      await parts.clear();
      metrics = new Metrics();
      counts = 0;
      trouble = undefined;
      const database = Object.create(parts.database) as Database;
      database.run = (work, lane) => {
        expect(lane).toBe('background');
        counts += 1;
        return trouble ? trouble() : parts.database.run(work, lane);
      };
      void new OpenOperationsMetrics(database, parts.clock, metrics);
    });

    const read = async () => {
      const text = await metrics.text();
      return text
        .split('\n')
        .filter((line) => line.startsWith('tollgate_operations_') && !/_total/.test(line));
    };
    /** Without the times. */
    const numbers = async () => (await read()).filter((line) => !line.includes('timestamp')).toSorted();
    const timeOf = async (series: string) => {
      const line = (await read()).find((each) => each.startsWith(`tollgate_operations_${series} `));
      return line === undefined ? undefined : Number(line.split(' ').at(-1)) * 1_000;
    };
    const begin = async (key: string, changes: Partial<OperationWrite> = {}) =>
      running(await parts.ledger.begin(aWrite({ idempotencyKey: key, ...changes })));
    const lose = async (key: string, changes: Partial<OperationWrite> = {}) => {
      const operation = await begin(key, changes);
      await parts.ledger.unknown(operation);
      return operation;
    };

    it('count what is claimed, sent and unknown by tenant, kind and what it waits for, and nothing finished', async () => {
      await lose('a');
      await lose('b');
      await lose('c', { tenant: 'other' });
      const grant = await begin('d', { kind: 'entitlement_grant', prepared: true });
      await parts.ledger.send(grant, { granted: false });
      await parts.ledger.unknown(grant);
      await begin('e');
      await begin('f', { prepared: true, kind: 'entitlement_revoke' });
      await parts.ledger.succeed(await begin('g'), CREATED);
      await parts.ledger.fail(await begin('h'), CREATED);
      await parts.ledger.release(await begin('i'));
      expect(await numbers()).toEqual([
        'tollgate_operations_open{tenant="demo",kind="entitlement_grant",state="unknown"} 1',
        'tollgate_operations_open{tenant="demo",kind="entitlement_revoke",state="claimed"} 1',
        'tollgate_operations_open{tenant="demo",kind="voucher_handout",state="sent"} 1',
        'tollgate_operations_open{tenant="demo",kind="voucher_handout",state="unknown"} 2',
        'tollgate_operations_open{tenant="other",kind="voucher_handout",state="unknown"} 1',
        'tollgate_operations_unknown{tenant="demo",kind="entitlement_grant",awaits="evidence"} 1',
        'tollgate_operations_unknown{tenant="demo",kind="voucher_handout",awaits="person"} 2',
        'tollgate_operations_unknown{tenant="other",kind="voucher_handout",awaits="person"} 1',
      ]);
    });

    it('have the time of the oldest one that is unknown, and of the oldest one that runs', async () => {
      const unknown = await lose('a');
      await lose('b');
      const sent = await begin('c');
      await begin('d');
      await parts.age(unknown.id, HOUR_MS);
      await parts.age(sent.id, 2 * HOUR_MS);
      const [lost, begun] = [unknown.startedAt.getTime(), sent.startedAt.getTime()];
      const labels = 'tenant="demo",kind="voucher_handout"';
      const oldest = await timeOf(`unknown_oldest_timestamp_seconds{${labels},awaits="person"}`);
      expect(Math.abs((oldest ?? 0) - (lost - HOUR_MS))).toBeLessThan(HOUR_MS / 2);
      const running = await timeOf(`sent_oldest_timestamp_seconds{${labels}}`);
      expect(Math.abs((running ?? 0) - (begun - 2 * HOUR_MS))).toBeLessThan(HOUR_MS / 2);
    });

    it('are counted once in ten seconds, however often they are read, and then have no series for what ended', async () => {
      const operation = await lose('a');
      const before = await numbers();
      expect(before).toHaveLength(2);
      await parts.ledger.succeed(operation, CREATED);
      await Promise.all([read(), read(), read()]);
      expect([await numbers(), counts]).toEqual([before, 1]);
      parts.clock.offsetMs += PAUSE_MS;
      expect([await numbers(), counts]).toEqual([[], 2]);
    });

    it('keep what was counted while the database is away, and show since when', async () => {
      await lose('a');
      const before = await numbers();
      const at = await timeOf('counted_timestamp_seconds');
      trouble = () => Promise.reject(new DatabaseUnavailableError('gone'));
      parts.clock.offsetMs += PAUSE_MS;
      expect([await numbers(), await timeOf('counted_timestamp_seconds'), counts]).toEqual([before, at, 2]);
      trouble = undefined;
      parts.clock.offsetMs += PAUSE_MS;
      await read();
      expect(await timeOf('counted_timestamp_seconds')).toBeGreaterThanOrEqual((at ?? 0) + 2 * PAUSE_MS);
    });

    it('do not hold up the other metrics while the database does not respond', async () => {
      trouble = () => new Promise(() => undefined);
      const first = metrics.text();
      parts.clock.offsetMs += 2 * PAUSE_MS;
      const texts = await Promise.all([first, metrics.text()]);
      for (const each of texts) expect(each).toContain('tollgate_operations_counted_timestamp_seconds 0\n');
      expect(counts).toBe(1);
    });
  });
}
