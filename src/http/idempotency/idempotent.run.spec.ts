import { problemOfError } from '../problems/problem.of.error.js';
import { BadRequestException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { requestContext, type RequestContext } from '../../telemetry/request.context.js';
import { ProblemError } from '../problems/problem.error.js';
import type { HeldLease } from '../../ledger/held.lease.js';
import { LedgerUnavailableError } from '../../ledger/ledger.errors.js';
import type { OperationLedger } from '../../ledger/operation.ledger.js';
import type { WritePlan } from './write.plan.js';
import type { SnapshotRequest } from './snapshot.preparation.js';
import { IdempotentRun } from './idempotent.run.js';
import type { OperationWrite, RecordResult, RunningOperation } from '../../ledger/operation.types.js';

/** What HeldLease returns; `elapsedMs` after the intent was committed. */
interface Watch {
  elapsedMs: number;
  isOver: boolean;
}

/** A ledger that allows every run, and the ends reported to it. */
function aLedger(lease: Watch) {
  const reports: string[] = [];
  const report = (name: string) => () => {
    reports.push(name);
    return Promise.resolve('recorded' as const);
  };
  const operation: RunningOperation = {
    id: 'id-1',
    claim: 'claim-1',
    write: PLAN.write,
    attempts: 1,
    startedAt: new Date(0),
    snapshot: null,
    lease: lease as HeldLease,
  };
  const ledger: Partial<OperationLedger> = {
    now: new Date(0),
    begin: () => Promise.resolve({ kind: 'run', operation }),
    succeed: report('succeed'),
    fail: report('fail'),
    release: report('release'),
    unknown: report('unknown'),
  };
  return { ledger: ledger as OperationLedger, reports };
}

const PLAN: WritePlan = { write: { requestId: 'request-1' } as OperationWrite, mayShow: () => true };
const REPLY = { statusCode: 200, code: () => REPLY, header: () => REPLY } as unknown as FastifyReply;

describe('IdempotentRun', () => {
  let lease: Watch;
  let context: RequestContext;

  beforeEach(() => {
    lease = { elapsedMs: 0, isOver: false };
    context = { requestId: 'request-1', upstreamCalls: 0 };
  });

  async function run(work: () => Promise<unknown>): Promise<{ reports: string[]; error?: unknown }> {
    const { ledger, reports } = aLedger(lease);
    const written = new IdempotentRun(ledger, () => PLAN, REPLY);
    const end = await requestContext.run(context, () =>
      written.run(work).then(
        () => ({}),
        (error: unknown) => ({ error }),
      ),
    );
    return { reports, ...end };
  }

  it('sends nothing if the process may have been frozen while the intent was committed', async () => {
    lease.elapsedMs = 10_001;
    let sent = false;
    const { error, reports } = await run(() => {
      sent = true;
      return Promise.resolve({});
    });
    expect(error).toBeInstanceOf(LedgerUnavailableError);
    expect(problemOfError(error, true).options).toMatchObject({ outcome: 'not_executed' });
    expect([sent, reports]).toEqual([false, ['release']]);
  });

  it('sends after a slow commit', async () => {
    lease.elapsedMs = 10_000;
    expect((await run(() => Promise.resolve({}))).reports).toEqual(['succeed']);
  });

  it('allows sending until the lease expires', async () => {
    const asked: (boolean | undefined)[] = [];
    await run(() => {
      asked.push(context.maySend?.());
      lease.isOver = true;
      asked.push(context.maySend?.());
      return Promise.resolve({});
    });
    expect(asked).toEqual([true, false]);
  });

  describe('if the requested state exists already', () => {
    const body = { granted: true };
    const reading: SnapshotRequest = {
      isDeciding: true,
      read: () => Promise.resolve({ asked: 'GET entitlement 42/1337', seen: body, alreadySo: body }),
    };

    /** What the caller receives if the ledger returns `recorded`. */
    async function runAlreadySo(recorded: RecordResult): Promise<unknown> {
      const { ledger } = aLedger(lease);
      ledger.alreadySo = () => Promise.resolve(recorded);
      const written = new IdempotentRun(ledger, () => ({ ...PLAN, reading }), REPLY);
      const sent = () => Promise.reject(new Error('it was sent'));
      return requestContext.run(context, () => written.run(sent).catch((error: unknown) => error));
    }

    it('returns the response once it is recorded', async () => {
      expect(await runAlreadySo('recorded')).toEqual(body);
    });

    it.each(['queued', 'superseded'] as const)(
      'returns 503 not executed if it is only %s',
      async (recorded) => {
        expect(await runAlreadySo(recorded)).toMatchObject({
          slug: 'ledger-unavailable',
          options: { outcome: 'not_executed', operation: '/v1/operations/id-1' },
        });
      },
    );
  });

  describe('if the gateway itself fails', () => {
    const failures: readonly (readonly [string, unknown])[] = [
      ['an error', new TypeError('cannot read property')],
      ['an exception of the framework', new BadRequestException()],
      ['a problem without an outcome', new ProblemError('validation-failed', 'No.')],
      ['a thrown string', 'thrown text'],
    ];

    it.each(failures)('records an unknown outcome after the call was sent: %s', async (_, failure) => {
      const { error, reports } = await run(() => {
        context.upstreamCalls += 1;
        return Promise.reject(failure);
      });
      expect(error).toMatchObject({ options: { outcome: 'unknown', operation: '/v1/operations/id-1' } });
      expect(reports).toEqual(['unknown']);
    });

    it.each(failures)('releases the operation before the call was sent: %s', async (_, failure) => {
      const { error, reports } = await run(() => Promise.reject(failure));
      expect(problemOfError(error, true).options).toMatchObject({ outcome: 'not_executed' });
      expect(reports).toEqual(['release']);
    });
  });

  it('completes the replay of a problem that a version without `code` stored', async () => {
    const body = {
      type: '/docs/problems/voucher-unavailable',
      status: 409,
      operation: '/v1/operations/id-1',
    };
    const begin = () => Promise.resolve({ kind: 'replay', operation: {}, response: { status: 409, body } });
    const run = new IdempotentRun({ begin } as unknown as OperationLedger, () => PLAN, REPLY);
    const replayed = await requestContext.run(context, () => run.run(() => Promise.resolve()));
    expect(replayed).toEqual({ ...body, code: 'voucher-unavailable', operationId: 'id-1' });
  });
});
