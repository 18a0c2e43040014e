import { pollOutcome, type OperationState } from '../../../clients/typescript/src/outcome.poller.js';
import {
  AbortedError,
  ConnectionError,
  ProblemError,
} from '../../../clients/typescript/src/tollgate.errors.js';
import { FakeSurroundings, KEY, OPERATION } from './fake.surroundings.js';

const SUBJECT = { operationId: OPERATION, idempotencyKey: KEY };
const state = (outcome: string | null, awaits: string | null = null) => ({ id: OPERATION, outcome, awaits });

describe('pollOutcome', () => {
  const clock = new FakeSurroundings([]);
  let begin: number;
  let times: number[];

  beforeEach(() => {
    begin = clock.now();
    times = [];
  });

  /** Polls by a script, of which the last reply repeats. */
  function poll(replies: readonly (OperationState | Error)[], signal?: AbortSignal) {
    const read = async (leftMs: number) => {
      expect(leftMs).toBe(300_000 + begin - clock.now());
      times.push(clock.now() - begin);
      const reply = replies[Math.min(times.length, replies.length) - 1];
      if (reply instanceof Error || !reply) throw reply;
      return reply;
    };
    return pollOutcome(SUBJECT, read, { deadlineMs: 300_000, pollMs: 2_000, signal }, clock);
  }

  it.each(['executed', 'not_executed'])(
    'polls until the outcome is %s, after 2 s, then twice as long',
    async (outcome) => {
      const replies = [state(null), state('unknown', 'evidence'), state('word_of_tomorrow'), state(outcome)];
      expect(await poll(replies)).toMatchObject({ outcome });
      expect(times).toEqual([2_000, 6_000, 14_000, 30_000]);
    },
  );

  it('continues after a poll that fails for a while, and ends with one that fails for good', async () => {
    const failed = { call: 'getOperation', requestIds: ['1'] };
    const replies = [
      new ConnectionError('no response', failed),
      new ProblemError('operation-not-found', failed),
    ];
    await expect(poll(replies)).rejects.toMatchObject({
      name: 'OutcomeUnknownError',
      outcome: 'unknown',
      operationId: OPERATION,
      idempotencyKey: KEY,
      cause: replies[1],
    });
    expect(times).toHaveLength(2);
  });

  it('keeps the operation and the key when a poll is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('shutting down');
    const read = () => {
      controller.abort(reason);
      return Promise.reject(new AbortedError('it was aborted', { call: 'getOperation', requestIds: ['1'] }));
    };
    const options = { deadlineMs: 300_000, pollMs: 2_000, signal: controller.signal };
    await expect(pollOutcome(SUBJECT, read, options, clock)).rejects.toMatchObject({
      name: 'AbortError',
      outcome: 'unknown',
      operationId: OPERATION,
      idempotencyKey: KEY,
      cause: reason,
    });
  });

  it('ends at its deadline after a pause that was longer than its timer', async () => {
    const late = new FakeSurroundings([]);
    const { after } = late;
    Object.assign(late, { after: (ms: number, run: () => void) => after(ms * 100, run) });
    const read = () => Promise.reject(new Error('there is no time for it'));
    const options = { deadlineMs: 100_000, pollMs: 2_000, signal: undefined };
    await expect(pollOutcome(SUBJECT, read, options, late)).rejects.toMatchObject({
      name: 'OutcomeUnknownError',
    });
  });

  it('ends at its deadline, with pauses of at most a minute', async () => {
    await expect(poll([state('unknown', 'evidence')])).rejects.toMatchObject({
      name: 'OutcomeUnknownError',
      message: `waitForOutcome: operation ${OPERATION} has no outcome yet`,
      operationId: OPERATION,
      idempotencyKey: KEY,
    });
    expect(times).toEqual([2_000, 6_000, 14_000, 30_000, 62_000, 122_000, 182_000, 242_000]);
  });

  it('ends at once where a person decides', async () => {
    await expect(poll([state('unknown', 'person')])).rejects.toMatchObject({
      name: 'OutcomeUnknownError',
      message: `waitForOutcome: the operators have to decide operation ${OPERATION}`,
    });
    expect(times).toEqual([2_000]);
  });

  it('ends when it is aborted', async () => {
    const reason = new Error('shutting down');
    await expect(poll([state(null)], AbortSignal.abort(reason))).rejects.toMatchObject({
      name: 'AbortError',
      outcome: 'unknown',
      cause: reason,
    });
    expect(times).toEqual([]);
  });
});
