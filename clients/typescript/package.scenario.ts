/** The scenario of clients/package.steps.ts with `@tollgate/client`, in a project that has nothing but it. */
import { randomUUID } from 'node:crypto';
import { createTollgate, OutcomeUnknownError, type Result, TollgateError } from '@tollgate/client';
import { environment, type Facts, step } from './report.js';

const USER = '938029';
const handout = { userId: USER, voucherGroupId: '324673248' };

// docs:client-begin
const tollgate = createTollgate({
  baseUrl: environment('TOLLGATE_URL'),
  key: () => environment('TOLLGATE_KEY'),
});
// docs:client-end

async function failed(call: Promise<unknown>): Promise<TollgateError> {
  const error = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof TollgateError) return error;
  throw error ?? new Error('expected an error');
}

const factsOf = ({ name, code, attempts }: TollgateError) => ({ error: name, code, attempts });

const repeatsOf = ({ replayed, attempts }: Result<unknown>) => ({ replayed, attempts });

// docs:handout-begin
/** @param idempotencyKey stored with the order, so that a restart repeats the write and never makes a second one */
async function handOut(idempotencyKey: string) {
  const call = { body: handout, idempotencyKey };
  try {
    return await tollgate.handOutVoucher(call);
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError)) throw error;
    // It may have been executed. In a job, not in the request of a user: evidence takes minutes, a person hours.
    await tollgate.waitForOutcome(error);
    return tollgate.handOutVoucher(call);
  }
}
// docs:handout-end

async function handOutOnce(): Promise<Facts> {
  const { data, idempotencyKey, requestId, ...result } = await tollgate.handOutVoucher({ body: handout });
  const { replayed, attempts } = result;
  return {
    handedOut: data.handedOut,
    replayed,
    attempts,
    hasKey: idempotencyKey !== undefined,
    hasRequestId: requestId === result.headers.get('X-Request-Id'),
  };
}

async function cutConnection(): Promise<Facts> {
  const result = await handOut(randomUUID());
  return { handedOut: result.data.handedOut, ...repeatsOf(result) };
}

async function cutGrant(): Promise<Facts> {
  const result = await tollgate.grantEntitlement({ path: { userId: USER, productId: '10117' } });
  return { granted: result.data.granted, ...repeatsOf(result) };
}

async function lostResponse(): Promise<Facts> {
  const path = { userId: USER, productId: '10111' };
  const error = await failed(tollgate.grantEntitlement({ path }));
  const { outcome } = await tollgate.waitForOutcome(error, { pollMs: 100 });
  const { idempotencyKey } = error;
  const { data, replayed } = await tollgate.grantEntitlement({ path, idempotencyKey });
  return { error: error.name, attempts: error.attempts, outcome, granted: data.granted, replayed };
}

async function wait(): Promise<Facts> {
  const begin = performance.now();
  const result = await tollgate.handOutVoucher({ body: handout });
  const waited = performance.now() - begin >= 1_000;
  return { handedOut: result.data.handedOut, ...repeatsOf(result), waited };
}

async function tooLongAWait(): Promise<Facts> {
  const key = environment('TOLLGATE_LIMITED_KEY');
  const limited = createTollgate({ baseUrl: environment('TOLLGATE_URL'), key, deadlineMs: 1_000 });
  const check = () => limited.checkEntitlement({ path: { userId: USER, productId: '1337' } });
  const error = await failed(check().then(check).then(check));
  return { ...factsOf(error), waits: (error.retryAfterSeconds ?? 0) > 1 };
}

async function html502(): Promise<Facts> {
  const { attempts } = await tollgate.listVoucherGroups();
  return { attempts };
}

async function deadline(): Promise<Facts> {
  const { name, code, errors } = await failed(tollgate.handOutVoucher({ body: handout, deadlineMs: 1_000 }));
  return { error: name, code, pointers: errors.map(({ pointer }) => pointer) };
}

/** The user leaves when the write is executed, and before its response has arrived. */
async function abort(): Promise<Facts> {
  const leaving = new AbortController();
  const leaver = createTollgate({
    baseUrl: environment('TOLLGATE_URL'),
    key: environment('TOLLGATE_KEY'),
    fetch: async (request) => {
      const response = await fetch(request);
      leaving.abort();
      return response;
    },
  });
  const error = await failed(leaver.handOutVoucher({ body: handout, signal: leaving.signal }));
  const { idempotencyKey = '' } = error;
  const { data, replayed } = await handOut(idempotencyKey);
  return { error: error.name, attempts: error.attempts, handedOut: data.handedOut, replayed };
}

async function soldOut(): Promise<Facts> {
  const { data } = await tollgate.createVoucherGroup({ body: { title: 'Sold out', type: 'campaign' } });
  const error = await failed(tollgate.handOutVoucher({ body: { userId: USER, voucherGroupId: data.id } }));
  return { ...factsOf(error), outcome: error.outcome };
}

async function newWords(): Promise<Facts> {
  const { data } = await tollgate.listOperations({ query: { limit: 1 } });
  const { name, code, status } = await failed(tollgate.getVoucherGroup({ path: { id: '999' } }));
  return { state: data.items[0]?.state, error: name, code, status };
}

async function unreachable(): Promise<Facts> {
  const nowhere = createTollgate({ baseUrl: 'http://127.0.0.1:2', key: 'tg_none', attempts: 2 });
  const { name, outcome, attempts } = await failed(nowhere.handOutVoucher({ body: handout }));
  return { error: name, outcome, attempts };
}

await step('hand-out', handOutOnce);
await step('cut-connection', cutConnection);
await step('cut-grant', cutGrant);
await step('lost-response', lostResponse);
await step('wait', wait);
await step('too-long-a-wait', tooLongAWait);
await step('html-502', html502);
await step('deadline', deadline);
await step('abort', abort);
await step('sold-out', soldOut);
await step('new-words', newWords);
await step('unreachable', unreachable);
