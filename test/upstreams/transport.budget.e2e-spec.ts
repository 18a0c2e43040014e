import { create } from 'axios';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { UpstreamTimeouts } from '../../src/config/upstream.timeouts.js';
import { requestContext, type RequestContext } from '../../src/telemetry/request.context.js';
import { BudgetRefusedError } from '../../src/upstreams/budget/budget.types.js';
import type { UpstreamCall } from '../../src/upstreams/transport/upstream.call.js';
import { AXIOS_SETTINGS } from '../../src/upstreams/transport/socket/prepared.axios.js';
import { UpstreamChannel } from '../../src/upstreams/transport/upstream.channel.js';
import { NotAdmittedError, NotSentError } from '../../src/upstreams/transport/upstream.errors.js';
import { UpstreamHealth } from '../../src/upstreams/transport/upstream.health.js';
import { until } from '../support/until.js';
import { giveJson, ScriptedUpstream, type Script } from './scripted.upstream.js';
import { openAccount, OpenBudget } from './support/open.budget.js';

const READ: UpstreamCall = { operation: 'reading', method: 'GET', path: '/things', safe: true };
const WRITE: UpstreamCall = {
  operation: 'writing',
  method: 'POST',
  path: '/things',
  body: 'a=1',
  safe: false,
};
const PATIENT: UpstreamTimeouts = { attemptMs: 10_000, totalMs: 20_000 };

const opened: { close(): Promise<void> }[] = [];
let budget: OpenBudget;

beforeEach(() => {
  budget = new OpenBudget();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function scripted(script: Script): Promise<{ upstream: ScriptedUpstream; origin: string }> {
  const upstream = new ScriptedUpstream(script);
  opened.push(upstream);
  return { upstream, origin: await upstream.start() };
}

function channelTo(baseUrl: string, { timeouts = PATIENT, connections = 4 } = {}): UpstreamChannel {
  const state = new UpstreamHealth().of('demo', 'spid');
  const account = openAccount(budget);
  const channel = new UpstreamChannel(create(AXIOS_SETTINGS), {
    upstream: 'spid',
    baseUrl,
    timeouts,
    connections,
    state,
    account,
  });
  opened.push(channel);
  return channel;
}

const send = (channel: UpstreamChannel, call: UpstreamCall) =>
  channel.send(call, { authorize: () => ({}), read: ({ status }) => status });

const inRequest = <T>(context: Partial<RequestContext>, work: () => T): T =>
  requestContext.run({ requestId: 'r', upstreamCalls: 0, ...context }, work);

/** A vendor that keeps every request until it is let go. */
async function holding() {
  const held: ServerResponse[] = [];
  const { upstream, origin } = await scripted((_, response) => void held.push(response));
  return { upstream, origin, held };
}

describe('a call and the budget of its account', () => {
  it('takes a place for each attempt, and the second one as a retry', async () => {
    const { upstream, origin } = await scripted((_, response) => {
      if (upstream.seen.length === 1) response.socket?.destroy();
      else giveJson(response, 200, {});
    });
    await send(channelTo(origin), READ);
    expect(budget.granted.map(({ request, reports }) => [request.isRetry, ...reports])).toEqual([
      [false, 'lost', 'release'],
      [true, 'head', 'complete', 'release'],
    ]);
  });

  it('ends with its time as a probe, its socket closed, when it is a read', async () => {
    const { upstream, origin } = await holding();
    budget.msLeft = 100;
    await expect(send(channelTo(origin), READ)).rejects.toMatchObject({ kind: 'lost' });
    await until('both have given their places back', () =>
      budget.granted.every(({ reports }) => reports.at(-1) === 'release'),
    );
    expect(budget.granted.map(({ request, reports }) => [request.probeMs, ...reports])).toEqual([
      [1_000, 'lost', 'release'],
      [1_000, 'lost', 'release'],
    ]);
    expect(upstream.seen).toHaveLength(2);
  });

  it('has all its time as a probe when it is a write', async () => {
    const { origin } = await scripted((_, response) => {
      setTimeout(() => giveJson(response, 200, {}), 300);
    });
    budget.msLeft = 100;
    expect(await send(channelTo(origin), WRITE)).toBe(200);
    expect(budget.granted[0]?.request.probeMs).toBeUndefined();
  });

  it('counts as unreachable when it is a read that finds no connection in its time as a probe', async () => {
    const { upstream, origin } = await holding();
    const channel = channelTo(origin, { connections: 1 });
    const first = send(channel, WRITE).catch(() => undefined);
    await upstream.arrived(1);
    budget.msLeft = 100;
    await expect(send(channel, READ)).rejects.toThrow(NotSentError);
    expect(budget.granted[1]?.reports).toEqual(['unreachable', 'release']);
    await upstream.close();
    await first;
  });

  it('is made for the caller of the request, or in the background for the gateway itself', async () => {
    const { origin } = await scripted((_, response) => giveJson(response, 200, {}));
    const channel = channelTo(origin);
    const share = { caller: 'checkout', weight: 3 };
    await inRequest({ share }, () => send(channel, WRITE));
    await inRequest({ share }, () => send(channel, { ...READ, isForAll: true }));
    await inRequest({}, () => send(channel, READ));
    await send(channel, READ);
    const sharers = budget.granted.map(({ request }) => [request.callClass, request.caller, request.weight]);
    expect(sharers).toEqual([
      ['interactive', 'checkout', 3],
      ['interactive', 'tollgate', 1],
      ['background', 'tollgate', 1],
      ['background', 'tollgate', 1],
    ]);
    expect(budget.granted[0]?.request.operation).toBe('writing');
  });

  it('waits no longer than leaves a write a whole attempt, and a read what is left', async () => {
    const { origin } = await scripted((_, response) => giveJson(response, 200, {}));
    const channel = channelTo(origin, { timeouts: { attemptMs: 6_000, totalMs: 10_000 } });
    const deadline = { totalMs: 7_000, endsAt: performance.now() + 7_000 };
    await send(channel, WRITE);
    await send(channel, READ);
    await inRequest({ deadline }, () => send(channel, WRITE));
    await inRequest({ deadline }, () => send(channel, READ));
    await inRequest({ deadline }, () => send(channel, { ...READ, isForAll: true }));
    [4_000, 10_000, 1_000, 7_000, 10_000].forEach((most, index) => {
      const { waitMs } = budget.granted[index]!.request;
      expect(waitMs).toBeLessThanOrEqual(most);
      expect(waitMs).toBeGreaterThan(most - 900);
    });
  });

  it('is not made without a place, and reports when there will be one', async () => {
    const { upstream, origin } = await scripted((_, response) => giveJson(response, 200, {}));
    budget.refuse = () => new BudgetRefusedError('no-time', 1_001);
    const refused = send(channelTo(origin), WRITE);
    await expect(refused).rejects.toBeInstanceOf(NotAdmittedError);
    await expect(refused).rejects.toMatchObject({ refusal: 'no-time', retryAfterSeconds: 2 });
    expect(upstream.connections).toBe(0);
  });

  it('fails as it first did when its retry is not admitted', async () => {
    const { upstream, origin } = await scripted((_, response) => void response.socket?.destroy());
    budget.refuse = ({ isRetry }) => (isRetry ? new BudgetRefusedError('no-retries', 1_000) : undefined);
    await expect(send(channelTo(origin), READ)).rejects.toMatchObject({ kind: 'lost' });
    expect(upstream.seen).toHaveLength(1);
  });

  it('is not sent with a place that is too old', async () => {
    const { upstream, origin } = await scripted((_, response) => giveJson(response, 200, {}));
    budget.maySend = false;
    await expect(send(channelTo(origin), WRITE)).rejects.toBeInstanceOf(NotSentError);
    expect(upstream.seen).toHaveLength(0);
    expect(budget.granted[0]?.reports).toEqual(['unsent', 'release']);
  });

  it('reports a vendor that refuses connections', async () => {
    const { upstream, origin } = await scripted(() => undefined);
    await upstream.close();
    opened.splice(0);
    await expect(send(channelTo(origin), WRITE)).rejects.toBeInstanceOf(NotSentError);
    expect(budget.granted[0]?.reports).toEqual(['unreachable', 'release']);
  });

  it('is complete when its reader fails', async () => {
    const { origin } = await scripted((_, response) => giveJson(response, 200, {}));
    const channel = channelTo(origin);
    const read = () => {
      throw new Error('a bug');
    };
    await expect(channel.send(READ, { authorize: () => ({}), read })).rejects.toThrow('a bug');
    expect(budget.granted[0]?.reports).toEqual(['head', 'complete', 'release']);
  });
});

describe('the time of an attempt', () => {
  it('begins at its first byte, not while it waits for a connection', async () => {
    const { upstream, origin } = await scripted((_, response) => {
      setTimeout(() => giveJson(response, 200, {}), 800);
    });
    const channel = channelTo(origin, { timeouts: { attemptMs: 1_500, totalMs: 20_000 }, connections: 1 });
    await expect(Promise.all([1, 2, 3].map(() => send(channel, WRITE)))).resolves.toEqual([200, 200, 200]);
    expect(upstream.connections).toBe(1);
  });

  it('ends for the caller, and the place stays until the late response is there', async () => {
    const { upstream, origin, held } = await holding();
    const channel = channelTo(origin, { timeouts: { attemptMs: 100, totalMs: 5_000 }, connections: 1 });
    await expect(send(channel, WRITE)).rejects.toMatchObject({ kind: 'lost' });
    const [late] = budget.granted;
    expect(late?.reports).toEqual(['lost']);
    giveJson(held[0]!, 200, {});
    await until('the place is free', () => late?.reports.includes('release') ?? false);
    expect(late?.reports).toEqual(['lost', 'head', 'release']);
    const next = send(channel, READ);
    await upstream.arrived(2);
    giveJson(held[1]!, 200, {});
    await next;
    expect(upstream.connections).toBe(1);
  });

  it('ends for the vendor too, 2 s later', async () => {
    const { origin, held } = await holding();
    const started = performance.now();
    const timeouts = { attemptMs: 100, totalMs: 5_000 };
    await expect(send(channelTo(origin, { timeouts }), WRITE)).rejects.toMatchObject({ kind: 'lost' });
    await once(held[0]!, 'close');
    await until('the place is free', () => budget.granted[0]?.reports.includes('release') ?? false);
    expect(performance.now() - started).toBeGreaterThan(2_000);
    expect(budget.granted[0]?.reports).toEqual(['lost', 'release']);
  });
});

describe('a caller that hangs up', () => {
  it('gives up a call that waits for a connection, and lets one that was sent go on', async () => {
    const { upstream, origin, held } = await holding();
    const channel = channelTo(origin, { connections: 1 });
    const gone = new AbortController();
    const [sent, waiting] = inRequest({ hungUp: gone.signal }, () => [
      send(channel, WRITE),
      send(channel, WRITE),
    ]);
    await upstream.arrived(1);
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'NotSentError', reason: 'the caller hung up' });
    expect(budget.granted.map(({ reports }) => reports)).toEqual([[], ['unsent', 'release']]);
    giveJson(held[0]!, 200, {});
    await expect(sent).resolves.toBe(200);
    expect(upstream.seen).toHaveLength(1);
  });

  it('gives up a call that waits for its credential', async () => {
    const { upstream, origin } = await holding();
    const gone = new AbortController();
    const authorize = () => new Promise<never>(() => undefined);
    const waiting = inRequest({ hungUp: gone.signal }, () =>
      channelTo(origin).send(WRITE, { authorize, read: () => undefined }),
    );
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ reason: 'the caller hung up' });
    expect(upstream.connections).toBe(0);
  });

  it('gets no further attempt', async () => {
    const gone = new AbortController();
    const { upstream, origin } = await scripted((_, response) => {
      gone.abort();
      response.socket?.destroy();
    });
    const sent = inRequest({ hungUp: gone.signal }, () => send(channelTo(origin), READ));
    await expect(sent).rejects.toMatchObject({ kind: 'lost' });
    expect(upstream.seen).toHaveLength(1);
  });
});
