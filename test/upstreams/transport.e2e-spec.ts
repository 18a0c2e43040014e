import { create } from 'axios';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { inspect } from 'node:util';
import type { UpstreamTimeouts } from '../../src/config/upstream.timeouts.js';
import { requestContext } from '../../src/telemetry/request.context.js';
import type { UpstreamCall, UpstreamResponse } from '../../src/upstreams/transport/upstream.call.js';
import { AXIOS_SETTINGS } from '../../src/upstreams/transport/socket/prepared.axios.js';
import { UpstreamChannel } from '../../src/upstreams/transport/upstream.channel.js';
import {
  MissingError,
  NoTrustworthyResponseError,
  NotSentError,
  ThrottledError,
} from '../../src/upstreams/transport/upstream.errors.js';
import { UpstreamHealth } from '../../src/upstreams/transport/upstream.health.js';
import { RESPONSE_BYTES_MAX } from '../../src/upstreams/transport/socket/socket.exchange.js';
import { openAccount, OpenBudget } from './support/open.budget.js';
import { giveJson, RawUpstream, ScriptedUpstream, type Script } from './scripted.upstream.js';

const READ: UpstreamCall = { operation: 'reading', method: 'GET', path: '/things', safe: true };
const WRITE: UpstreamCall = {
  operation: 'writing',
  method: 'POST',
  path: '/things',
  body: 'a=1',
  safe: false,
};
/** Long enough never to expire in tests that are not about time. */
const PATIENT: UpstreamTimeouts = { attemptMs: 10_000, totalMs: 10_000 };
const HASTY: UpstreamTimeouts = { attemptMs: 500, totalMs: 5_000 };

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function scripted(script: Script): Promise<{ upstream: ScriptedUpstream; origin: string }> {
  const upstream = new ScriptedUpstream(script);
  opened.push(upstream);
  return { upstream, origin: await upstream.start() };
}

async function raw(onRequest: ConstructorParameters<typeof RawUpstream>[0]) {
  const upstream = new RawUpstream(onRequest);
  opened.push(upstream);
  return { upstream, origin: await upstream.start() };
}

function channelTo(
  baseUrl: string,
  {
    timeouts = PATIENT,
    connections = 4,
    msLeft = () => Infinity,
    budget = new OpenBudget(),
    axios = create(AXIOS_SETTINGS),
  } = {},
): UpstreamChannel {
  const state = new UpstreamHealth().of('demo', 'spid');
  const account = openAccount(budget);
  const options = { upstream: 'spid' as const, baseUrl, timeouts, connections, state, account, msLeft };
  const channel = new UpstreamChannel(axios, options);
  opened.push(channel);
  return channel;
}

/** Sends the call and returns status and body. */
function send(channel: UpstreamChannel, call: UpstreamCall, deadline?: number): Promise<string> {
  const exchange = {
    authorize: () => ({ authorization: 'Bearer canary-credential' }),
    read: ({ status, body }: UpstreamResponse) => `${status} ${body.toString('utf8')}`,
  };
  return channel.send(call, exchange, deadline);
}

function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

/** Returns a trigger that blocks this process for the given time at its next network event. */
async function freezerOf(ms: number): Promise<() => void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = await accepted;
  opened.push({ close: async () => void (client.destroy(), server.close()) });
  client.on('data', () => block(ms));
  return () => void socket.write('now');
}

describe('UpstreamChannel: a request', () => {
  it('sends the call, the credential and nothing of the caller', async () => {
    const { upstream, origin } = await scripted((_, response) => giveJson(response, 200, { a: 1 }));
    const context = { requestId: 'canary-id', traceId: '0af7651916cd43dd8448eb211c80319c', upstreamCalls: 0 };
    const response = await requestContext.run(context, () => send(channelTo(`${origin}/base/`), WRITE));
    expect(response).toBe('200 {"a":1}');
    expect(context.upstreamCalls).toBe(1);
    expect(upstream.seen).toEqual([
      {
        method: 'POST',
        url: '/base/things',
        body: 'a=1',
        headers: {
          accept: 'application/json',
          authorization: 'Bearer canary-credential',
          connection: 'keep-alive',
          'content-length': '3',
          host: new URL(origin).host,
          'user-agent': 'tollgate',
        },
      },
    ]);
  });

  it('goes through the interceptors of the axios instance, where it has any', async () => {
    const { upstream, origin } = await scripted((_, response) => giveJson(response, 200, { a: 1 }));
    const axios = create(AXIOS_SETTINGS);
    const channel = channelTo(`${origin}/base/`, { axios });
    const request = axios.interceptors.request.use((config) => {
      config.headers.set('x-added', 'before');
      return config;
    });
    const response = axios.interceptors.response.use((received) => ({ ...received, status: 203 }));
    expect(await send(channel, { ...WRITE, headers: { 'content-type': 'text/plain' } })).toBe('203 {"a":1}');
    axios.interceptors.request.eject(request);
    axios.interceptors.response.eject(response);
    expect(await send(channel, WRITE)).toBe('200 {"a":1}');
    expect(upstream.seen).toMatchObject([
      {
        url: '/base/things',
        body: 'a=1',
        headers: { 'x-added': 'before', 'content-type': 'text/plain', 'user-agent': 'tollgate' },
      },
      { url: '/base/things', body: 'a=1' },
    ]);
    expect(upstream.seen[1]?.headers).not.toHaveProperty('x-added');
  });

  it('reuses one connection for sequential calls, and keeps no cookies', async () => {
    const { upstream, origin } = await scripted((_, response) => {
      response.setHeader('set-cookie', 'session=1');
      giveJson(response, 200, {});
    });
    const channel = channelTo(origin, { connections: 1 });
    for (const call of [READ, WRITE, READ]) await send(channel, call);
    expect(upstream.connections).toBe(1);
    expect(upstream.seen.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined, undefined]);
  });

  it('never follows a redirect', async () => {
    const elsewhere = await scripted((_, response) => giveJson(response, 200, {}));
    const { upstream, origin } = await scripted((_, response) => {
      response.writeHead(307, { location: `${elsewhere.origin}/stolen` }).end();
    });
    await expect(send(channelTo(origin), WRITE)).resolves.toBe('307 ');
    expect(upstream.seen).toHaveLength(1);
    expect(elsewhere.upstream.seen).toHaveLength(0);
  });

  it('requests the credential once per call, retries included', async () => {
    const { upstream, origin } = await scripted((_, response) => {
      if (upstream.seen.length === 1) response.socket?.destroy();
      else giveJson(response, 200, {});
    });
    let asked = 0;
    const authorize = async () => ({ authorization: `Bearer ${(asked += 1)}` });
    await channelTo(origin).send(READ, { authorize, read: () => undefined });
    expect(upstream.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 1']);
  });
});

describe('UpstreamChannel: nothing was sent', () => {
  it('a refused connection', async () => {
    const { upstream, origin } = await scripted(() => undefined);
    await upstream.close();
    opened.splice(0);
    await expect(send(channelTo(origin), WRITE)).rejects.toMatchObject({
      name: 'NotSentError',
      reason: 'the connection was refused (ECONNREFUSED)',
      operation: 'writing',
      upstream: 'spid',
    });
  });

  it('an unresolvable name', async () => {
    await expect(send(channelTo('http://upstream.invalid'), WRITE)).rejects.toBeInstanceOf(NotSentError);
  });

  it.each([
    ['closes the connection in the handshake', (socket: { destroy(): unknown }) => void socket.destroy()],
    [
      'speaks no TLS',
      (socket: { end(text: string): unknown }) => void socket.end('HTTP/1.1 400 Bad\r\n\r\n'),
    ],
  ])('a server that %s', async (_, onRequest) => {
    const { upstream, origin } = await raw(onRequest);
    const channel = channelTo(origin.replace('http:', 'https:'));
    await expect(send(channel, WRITE)).rejects.toBeInstanceOf(NotSentError);
    expect(upstream.connections).toBe(2);
  });

  it('a server that never finishes the handshake', async () => {
    const { origin } = await raw(() => undefined);
    const timeouts = { attemptMs: 500, totalMs: 1_000 };
    const channel = channelTo(origin.replace('http:', 'https:'), { timeouts });
    await expect(send(channel, WRITE)).rejects.toBeInstanceOf(NotSentError);
  });

  it('no free connection in time, and the connection stays healthy', async () => {
    const { promise, resolve: release } = Promise.withResolvers<void>();
    const { upstream, origin } = await scripted(async (_, response) => {
      if (upstream.seen.length === 1) await promise;
      giveJson(response, 200, {});
    });
    const timeouts = { attemptMs: 5_000, totalMs: 5_000 };
    const channel = channelTo(origin, { timeouts, connections: 1 });
    const first = send(channel, WRITE);
    await upstream.arrived(1);
    const hasty = { authorize: () => ({}), read: () => undefined };
    const inAMoment = channel.deadline() - timeouts.totalMs + 100;
    const waiting = Array.from({ length: 5 }, () => channel.send(WRITE, hasty, inAMoment));
    for (const each of waiting) await expect(each).rejects.toBeInstanceOf(NotSentError);
    release();
    await expect(first).resolves.toBe('200 {}');
    await expect(send(channel, WRITE)).resolves.toBe('200 {}');
    expect(upstream.seen).toHaveLength(2);
    expect(upstream.connections).toBe(1);
  });

  it('a process that was suspended until after the deadline', async () => {
    const { upstream, origin } = await scripted((_, response) => giveJson(response, 200, {}));
    const freeze = await freezerOf(300);
    const timeouts = { attemptMs: 100, totalMs: 5_000 };
    const late = send(channelTo(origin, { timeouts }), WRITE, performance.now() + 200);
    // The connection is established in the same turn of the event loop, before timers run.
    freeze();
    await expect(late).rejects.toBeInstanceOf(NotSentError);
    expect(upstream.connections).toBe(1);
    expect(upstream.seen).toHaveLength(0);
  });

  it('a write that is too old to be sent', async () => {
    const { upstream, origin } = await scripted((_, response) => giveJson(response, 200, {}));
    const context = { requestId: 'r', upstreamCalls: 0, maySend: () => false };
    const late = requestContext.run(context, () => send(channelTo(origin), WRITE));
    await expect(late).rejects.toBeInstanceOf(NotSentError);
    expect(upstream.connections).toBeGreaterThan(0);
    expect(upstream.seen).toHaveLength(0);
  });

  it('no credential in time', async () => {
    const { upstream, origin } = await scripted((_, response) => giveJson(response, 200, {}));
    const channel = channelTo(origin, { timeouts: { attemptMs: 100, totalMs: 100 } });
    const authorize = () => new Promise<never>(() => undefined);
    await expect(channel.send(WRITE, { authorize, read: () => undefined })).rejects.toBeInstanceOf(
      NotSentError,
    );
    expect(upstream.connections).toBe(0);
  });

  it('a channel that is closed', async () => {
    const { upstream, origin } = await scripted((_, response) => giveJson(response, 200, {}));
    const channel = channelTo(origin);
    await channel.close();
    await expect(send(channel, WRITE)).rejects.toBeInstanceOf(NotSentError);
    expect(upstream.connections).toBe(0);
  });
});

const CUT: readonly (readonly [string, Script])[] = [
  ['a reset before the response', (_, response) => void response.socket?.resetAndDestroy()],
  ['an end before the response', (_, response) => void response.socket?.destroy()],
  [
    'a reset within the response',
    (_, response) => {
      response
        .writeHead(200, { 'content-length': 100 })
        .write('{"half":', () => response.socket?.resetAndDestroy());
    },
  ],
  [
    'a truncated body',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"half":', () => response.socket?.end());
    },
  ],
  [
    'a truncated chunked body',
    (_, response) => {
      response.writeHead(200).write('{"half":', () => response.socket?.end());
    },
  ],
];

const HANG: readonly (readonly [string, Script])[] = [
  ['no response in time', () => undefined],
  ['no end of the response in time', (_, response) => void response.writeHead(200).write('{')],
];

const LOST = [
  ...CUT.map(([name, script]) => [name, script, PATIENT] as const),
  ...HANG.map(([name, script]) => [name, script, HASTY] as const),
];

describe('UpstreamChannel: sent, and the response was lost', () => {
  it.each(LOST)('%s: a write is not retried', async (_, script, timeouts) => {
    const { upstream, origin } = await scripted(script);
    const sent = send(channelTo(origin, { timeouts }), WRITE);
    await expect(sent).rejects.toMatchObject({ name: 'NoTrustworthyResponseError', kind: 'lost' });
    expect(upstream.seen).toHaveLength(1);
  });

  it.each(LOST)('%s: a read is retried once', async (_, script, timeouts) => {
    const { upstream, origin } = await scripted((request, response) => {
      if (upstream.seen.length === 1) return script(request, response);
      return giveJson(response, 200, {});
    });
    await expect(send(channelTo(origin, { timeouts }), READ)).resolves.toBe('200 {}');
    expect(upstream.seen).toHaveLength(2);
  });

  it('a read that keeps failing ends after its second attempt', async () => {
    const { upstream, origin } = await scripted((_, response) => void response.socket?.destroy());
    await expect(send(channelTo(origin), READ)).rejects.toMatchObject({ kind: 'lost' });
    expect(upstream.seen).toHaveLength(2);
  });

  it('does not retry after the deadline', async () => {
    const { upstream, origin } = await scripted(() => undefined);
    const channel = channelTo(origin, { timeouts: { attemptMs: 150, totalMs: 150 } });
    await expect(send(channel, READ)).rejects.toMatchObject({ kind: 'lost' });
    expect(upstream.seen).toHaveLength(1);
  });

  it('a response that is not HTTP, of which nothing is quoted', async () => {
    const { upstream, origin } = await raw(
      (socket) => void socket.end('HTTP/1.1 2x0 canary-response\r\n\r\n'),
    );
    const error: unknown = await send(channelTo(origin), WRITE).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NoTrustworthyResponseError);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/canary-response|canary-credential/);
    expect(upstream.connections).toBe(1);
  });

  it('a response over the size limit, which is not retried', async () => {
    const { upstream, origin } = await scripted((_, response) => {
      response.writeHead(200).end(Buffer.alloc(RESPONSE_BYTES_MAX + 1, ' '));
    });
    await expect(send(channelTo(origin), READ)).rejects.toMatchObject({ kind: 'garbled' });
    expect(upstream.seen).toHaveLength(1);
  });
});

describe('UpstreamChannel: a response', () => {
  it('is read although the process was suspended until after the end of the attempt', async () => {
    const { origin } = await scripted((_, response) => {
      // The response is with the client's machine by then, and this process reads nothing until the attempt is over.
      response.once('finish', () => block(HASTY.attemptMs + 100));
      giveJson(response, 200, {});
    });
    await expect(send(channelTo(origin, { timeouts: HASTY }), WRITE)).resolves.toBe('200 {}');
  });

  it('is read up to the size limit', async () => {
    const { origin } = await scripted((_, response) => {
      response.writeHead(200).end(Buffer.alloc(RESPONSE_BYTES_MAX, 'a'));
    });
    const response = await send(channelTo(origin), READ);
    expect(response).toHaveLength(RESPONSE_BYTES_MAX + '200 '.length);
  });

  it('is awaited after an informational one', async () => {
    const { origin } = await scripted((_, response) => {
      response.writeProcessing();
      giveJson(response, 201, {});
    });
    await expect(send(channelTo(origin), WRITE)).resolves.toBe('201 {}');
  });

  it('is recorded in the health: a refused request is a success of the upstream', async () => {
    const { origin } = await scripted((_, response) => giveJson(response, 404, {}));
    const channel = channelTo(origin);
    const details = { upstream: 'spid' as const, operation: 'reading', reason: 'any' };
    const fail = (error: Error) => () => {
      throw error;
    };
    const refused = fail(new MissingError('user', details));
    await expect(channel.send(READ, { authorize: () => ({}), read: refused })).rejects.toThrow();
    expect(channel.state).toMatchObject({ lastFailure: null, lastFailureAt: null });
    expect(channel.state.lastSuccessAt).toBeInstanceOf(Date);
    expect(channel.state.lastLatencyMs).toBeGreaterThanOrEqual(0);
    const throttled = fail(new ThrottledError(1, details));
    await expect(channel.send(READ, { authorize: () => ({}), read: throttled })).rejects.toThrow();
    expect(channel.state.lastFailure).toBe('ThrottledError');
  });
});

describe('UpstreamChannel: before the shutdown', () => {
  it('sends no write for which a whole attempt is not left', async () => {
    const { upstream, origin } = await scripted((_, response) => giveJson(response, 200, {}));
    const late = channelTo(origin, { timeouts: HASTY, msLeft: () => HASTY.attemptMs - 1 });
    await expect(send(late, WRITE)).rejects.toMatchObject({
      name: 'NotSentError',
      reason: 'no time for a whole attempt before the shutdown',
    });
    expect(upstream.seen).toEqual([]);
    const inTime = channelTo(origin, { timeouts: HASTY, msLeft: () => HASTY.attemptMs + 100 });
    expect(await send(inTime, WRITE)).toBe('200 {}');
  });

  it('bounds a read by the remaining time', async () => {
    const { origin } = await scripted(() => undefined);
    const started = performance.now();
    const endsAt = started + 300;
    const channel = channelTo(origin, { msLeft: () => endsAt - performance.now() });
    await expect(send(channel, READ)).rejects.toBeInstanceOf(NoTrustworthyResponseError);
    expect(performance.now() - started).toBeLessThan(PATIENT.attemptMs / 2);
    await expect(send(channel, READ)).rejects.toBeInstanceOf(NotSentError);
  });
});
