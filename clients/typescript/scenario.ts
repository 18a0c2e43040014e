/** The scenario of clients/scenario.steps.ts with the generated TypeScript client. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from './generated/client/index.js';
import {
  checkEntitlement,
  createMigration,
  createVoucherGroup,
  getMigration,
  getOperation,
  getVoucherGroup,
  grantEntitlement,
  handOutVoucher,
  importTokens,
  listEntitlements,
  listMigrationEvents,
  listOperations,
  listVoucherGroups,
  revokeEntitlement,
  updateVoucherGroup,
} from './generated/sdk.gen.js';
import type { OperationDto, Problem } from './generated/types.gen.js';
import { environment, type Facts, step } from './report.js';

const GROUP = '324673248';
const PRODUCT = '301694';
const USER = '938029';

/** A write may take 45 s: a client that gives up earlier does not know the outcome. */
const TIMEOUT_MS = 45_000;

/** Far below what a service allows: the response of the aborted call never comes. */
const ABORT_MS = 2_000;

function newClient(key: string, url = 'TOLLGATE_URL') {
  const call: typeof fetch = (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  return createClient({ baseUrl: environment(url), auth: key, fetch: call });
}

const client = newClient(environment('TOLLGATE_KEY'));
const handout = { userId: USER, voucherGroupId: GROUP };
const key = randomUUID();
let handoutId = '';
let migrationId = '';

/** A response, as every call of the generated client returns it; `response` is missing where none came. */
interface Called<T> {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly response?: Response | undefined;
}

function dataOf<T>({ data, error }: Called<T>): T {
  if (data === undefined) throw new Error(`failed: ${JSON.stringify(error)}`);
  return data;
}

/** The problem of a failed call, or undefined where the response was none of the gateway's: `error` may be anything then. */
function problemOf({ error, response }: Called<unknown>): Problem | undefined {
  const isProblem = response?.headers.get('content-type')?.startsWith('application/problem+json');
  return isProblem ? (error as Problem) : undefined;
}

function mustFail(called: Called<unknown>): Problem {
  const problem = problemOf(called);
  if (!problem) throw new Error('expected a problem');
  return problem;
}

const isReplayed = ({ response }: Called<unknown>) => response?.headers.get('Idempotent-Replayed') === 'true';

const newKey = () => ({ 'Idempotency-Key': randomUUID() });

/** No response: the same request with the same key never executes twice. */
async function repeatWithoutResponse<T extends Called<unknown>>(call: () => Promise<T>): Promise<T> {
  const first = await call();
  return first.response ? first : call();
}

async function waitForOutcome(id: string): Promise<OperationDto> {
  for (;;) {
    const operation = dataOf(await getOperation({ client, path: { id } }));
    if (operation.state !== 'unknown' && operation.state !== 'running') return operation;
    // Short for this scenario: a service begins with 2 s and doubles it.
    await sleep(100);
  }
}

async function check(): Promise<Facts> {
  const { granted } = dataOf(await checkEntitlement({ client, path: { userId: USER, productId: PRODUCT } }));
  return { granted };
}

async function grant(): Promise<Facts> {
  const path = { userId: USER, productId: PRODUCT };
  const { granted, productId } = dataOf(await grantEntitlement({ client, path, headers: newKey() }));
  return { granted, productId };
}

async function list(): Promise<Facts> {
  const query = { status: ['active' as const, 'expired' as const] };
  const { items } = dataOf(await listEntitlements({ client, path: { userId: USER }, query }));
  return { productIds: items.map(({ productId }) => productId) };
}

async function handOut(): Promise<Facts> {
  const called = await handOutVoucher({ client, headers: { 'Idempotency-Key': key }, body: handout });
  const { id, handedOut } = dataOf(called);
  handoutId = id;
  const location = called.response?.headers.get('Location');
  return {
    handedOut,
    replayed: isReplayed(called),
    location: location?.endsWith(`/v1/voucher-handouts/${id}`) ?? false,
  };
}

async function handOutAgain(): Promise<Facts> {
  const called = await handOutVoucher({ client, headers: { 'Idempotency-Key': key }, body: handout });
  return { sameId: dataOf(called).id === handoutId, replayed: isReplayed(called) };
}

async function lostResponse(): Promise<Facts> {
  const path = { userId: USER, productId: '10111' };
  const problem = mustFail(await grantEntitlement({ client, path, headers: newKey() }));
  const { status, code, outcome, operationId = '' } = problem;
  // The outcome is unknown: the write is not sent again, its operation is read until it is final.
  const operation = await waitForOutcome(operationId);
  return { status, code, outcome, state: operation.state, finalOutcome: operation.outcome };
}

async function cutConnection(): Promise<Facts> {
  const headers = newKey();
  const called = await repeatWithoutResponse(() => handOutVoucher({ client, headers, body: handout }));
  return { handedOut: dataOf(called).handedOut, replayed: isReplayed(called) };
}

async function cutGrant(): Promise<Facts> {
  const [path, headers] = [{ userId: USER, productId: '10117' }, newKey()];
  const called = await repeatWithoutResponse(() => grantEntitlement({ client, path, headers }));
  return { granted: dataOf(called).granted, replayed: isReplayed(called) };
}

async function soldOut(): Promise<Facts> {
  const group = { title: 'Sold out', type: 'campaign' as const };
  const called = await createVoucherGroup({ client, headers: newKey(), body: group });
  const { id } = dataOf(called);
  const body = { userId: USER, voucherGroupId: id };
  const { status, code, outcome } = mustFail(await handOutVoucher({ client, headers: newKey(), body }));
  const location = called.response?.headers.get('Location');
  return { created: location?.endsWith(`/v1/voucher-groups/${id}`) ?? false, status, code, outcome };
}

async function invalid(): Promise<Facts> {
  const body = { sourceTool: 'wordpress', destinationInstanceUrl: 'https://user:password@acme.example/' };
  const problem = mustFail(await createMigration({ client, headers: newKey(), body }));
  return { status: problem.status, code: problem.code, pointer: problem.errors?.[0]?.pointer };
}

async function rateLimit(): Promise<Facts> {
  const limited = newClient(environment('TOLLGATE_LIMITED_KEY'));
  const path = { userId: USER, productId: PRODUCT };
  for (let calls = 0; calls < 5; calls += 1) {
    const called = await checkEntitlement({ client: limited, path });
    const problem = problemOf(called);
    if (!problem) continue;
    const { status, code, retryAfterSeconds = 0 } = problem;
    const sameAsHeader = called.response?.headers.get('Retry-After') === String(retryAfterSeconds);
    return { status, code, waits: retryAfterSeconds > 0, sameAsHeader };
  }
  throw new Error('five calls were not limited');
}

async function html502(): Promise<Facts> {
  const called = await getVoucherGroup({ client, path: { id: GROUP } });
  return { status: called.response?.status, problem: problemOf(called) !== undefined };
}

async function newWords(): Promise<Facts> {
  const { items } = dataOf(await listEntitlements({ client, path: { userId: USER } }));
  const { state, kind, outcome } = dataOf(await getOperation({ client, path: { id: handoutId } }));
  const problem = mustFail(await getVoucherGroup({ client, path: { id: '999' } }));
  return { entitlement: items[0]?.status, state, kind, outcome, problem: problem.code };
}

async function tokens(): Promise<Facts> {
  const body = { tokenName: 'newsletter', tokens: [2 ** 31, Number.MAX_SAFE_INTEGER, 'a'] };
  return { imported: dataOf(await importTokens({ client, headers: newKey(), body })).imported };
}

async function pages(): Promise<Facts> {
  const hour = 3_600_000;
  const [from, to] = [-hour, hour].map((ms) => new Date(Date.now() + ms).toISOString());
  const query = { from: from ?? '', to: to ?? '', limit: 2 };
  const first = dataOf(await listOperations({ client, query }));
  const next = { ...query, cursor: first.nextCursor ?? '' };
  const second = dataOf(await listOperations({ client, query: next }));
  const ids = new Set([...first.items, ...second.items].map(({ id }) => id));
  return { first: first.items.length, second: second.items.length, distinct: ids.size };
}

async function groupPages(): Promise<Facts> {
  const ids: string[] = [];
  let pages = 0;
  let cursor: string | null | undefined;
  do {
    const query = { limit: 1, ...(cursor ? { cursor } : {}) };
    const page = dataOf(await listVoucherGroups({ client, query }));
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
    pages += 1;
  } while (cursor !== null);
  return { several: pages > 1, distinct: ids.length > 1 && new Set(ids).size === ids.length };
}

async function migrate(): Promise<Facts> {
  const body = { sourceTool: 'wordpress', destinationUsername: 'client@example.com' };
  const started = dataOf(await createMigration({ client, headers: newKey(), body }));
  migrationId = started.id;
  const migration = dataOf(await getMigration({ client, path: { id: migrationId } }));
  return { started: started.redirectUrl !== '', sameId: migration.id === migrationId };
}

async function events(): Promise<Facts> {
  const { items } = dataOf(await listMigrationEvents({ client, path: { id: migrationId } }));
  const latest = items.at(-1);
  return { status: latest?.status, isOurs: latest?.migrationId === migrationId };
}

async function counts(): Promise<Facts> {
  const { items } = dataOf(await getMigration({ client, path: { id: migrationId } }));
  return { contacts: items?.['contacts'] };
}

/** These writes may be repeated without a key, by the caller alone: the HTTP library must not do it as well. */
async function cutWithoutKey(): Promise<Facts> {
  const path = { userId: USER, productId: '1337' };
  const calls: (() => Promise<Called<unknown>>)[] = [
    () => grantEntitlement({ client, path }),
    () => revokeEntitlement({ client, path }),
    () => updateVoucherGroup({ client, path: { id: GROUP }, body: { title: 'Renamed' } }),
  ];
  const facts = { raised: 0, repeated: 0 };
  for (const call of calls) {
    if (!(await call()).response) facts.raised += 1;
    if (dataOf(await call())) facts.repeated += 1;
  }
  return facts;
}

/** An aborted write may have been executed: the same key finds out. */
async function abort(): Promise<Facts> {
  const call = { client, headers: newKey(), body: handout };
  const leaving = AbortSignal.timeout(ABORT_MS);
  const left = await handOutVoucher({
    ...call,
    fetch: (input, init) => fetch(input, { ...init, signal: leaving }),
  });
  const called = await handOutVoucher(call);
  const aborted = leaving.aborted && !left.response;
  return { aborted, handedOut: dataOf(called).handedOut, replayed: isReplayed(called) };
}

async function idleConnection(): Promise<Facts> {
  const [path, headers] = [{ userId: USER, productId: '1337' }, newKey()];
  const called = await repeatWithoutResponse(() => grantEntitlement({ client, path, headers }));
  return { granted: dataOf(called).granted };
}

async function refusedRequests(): Promise<Facts> {
  const problems: string[] = [];
  for (let calls = 0; calls < 5; calls += 1) {
    const called = await handOutVoucher({ client, headers: newKey(), body: handout });
    problems.push(`${called.response?.status} ${mustFail(called).code}`);
  }
  return { problems };
}

/** The caller decides about a wait: no call sleeps by itself. */
async function hours(): Promise<Facts> {
  const call = { client, path: { userId: USER, productId: '1337' } };
  const headers = newKey();
  const problems = [
    mustFail(await checkEntitlement(call)),
    mustFail(await checkEntitlement(call)),
    mustFail(await grantEntitlement({ ...call, headers })),
    mustFail(await grantEntitlement({ ...call, headers })),
  ];
  return { waits: problems.map(({ status, retryAfterSeconds }) => `${status} ${retryAfterSeconds}`) };
}

/** Which resources are readable when all members are null that may be. */
async function nulls(): Promise<Facts> {
  const found = {
    operation: dataOf(await getOperation({ client, path: { id: handoutId } })).outcome,
    group: dataOf(await getVoucherGroup({ client, path: { id: GROUP } })).title,
    entitlement: dataOf(await listEntitlements({ client, path: { userId: USER } })).items[0]?.orderId,
    migration: dataOf(await getMigration({ client, path: { id: migrationId } })).items,
  };
  return { nulls: Object.entries(found).flatMap(([name, value]) => (value === null ? [name] : [])) };
}

async function firstPost(): Promise<Facts> {
  const direct = newClient(environment('TOLLGATE_KEY'), 'TOLLGATE_DIRECT_URL');
  const body = { tokenName: 'newsletter', tokens: ['b'] };
  return { imported: dataOf(await importTokens({ client: direct, headers: newKey(), body })).imported };
}

await step('check', check);
await step('grant', grant);
await step('list', list);
await step('hand-out', handOut);
await step('hand-out-again', handOutAgain);
await step('lost-response', lostResponse);
await step('cut-connection', cutConnection);
await step('cut-grant', cutGrant);
await step('cut-without-key', cutWithoutKey);
await step('abort', abort);
await step('idle-connection', idleConnection);
await step('sold-out', soldOut);
await step('invalid', invalid);
await step('rate-limit', rateLimit);
await step('refused-requests', refusedRequests);
await step('hours', hours);
await step('html-502', html502);
await step('new-words', newWords);
await step('tokens', tokens);
await step('pages', pages);
await step('group-pages', groupPages);
await step('migrate', migrate);
await step('events', events);
await step('counts', counts);
await step('nulls', nulls);
await step('first-post', firstPost);
