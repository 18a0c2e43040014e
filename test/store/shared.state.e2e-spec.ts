import { Logger } from '@nestjs/common';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Clock } from '../../src/config/clock.js';
import { Secret } from '../../src/config/secrets/secret.js';
import { MemoryState } from '../../src/store/state/memory.state.js';
import { RedisLink } from '../../src/store/state/redis.link.js';
import type { SharedState } from '../../src/store/state/shared.state.js';
import { RedisState } from '../../src/store/state/redis.state.js';
import { until } from '../support/until.js';
import { startGateway } from '../support/gateway.js';

/** Takes connections and everything that is sent, reports that it is ready, and responds to nothing more. */
class HangingRedis {
  readonly server: Server;
  connections = 0;
  counted = 0;
  /** Replies to a count after so long; never without. */
  lateMs: number | undefined;
  replied = 0;

  constructor() {
    this.server = createServer((socket) => {
      this.connections += 1;
      socket.on('data', (chunk: Buffer) => {
        const text = chunk.toString();
        if (/\r\nINFO\r\n/i.test(text)) socket.write('$9\r\nloading:0\r\n');
        else if (/\r\nevalsha\r\n/i.test(text)) this.#count(socket);
        else socket.write('+OK\r\n'.repeat(text.split('*').length - 1));
      });
      socket.on('error', () => socket.destroy());
    });
  }

  #count(socket: Socket): void {
    this.counted += 1;
    if (this.lateMs === undefined) return;
    setTimeout(() => {
      socket.write('*3\r\n:1\r\n:1\r\n:0\r\n');
      this.replied += 1;
    }, this.lateMs);
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

/** A Redis whose replies are late, and the state of a gateway that uses it. */
async function withLateRedis() {
  const redis = new HangingRedis();
  redis.lateMs = 100;
  const clock = { ms: 0, now: () => new Date(), monotonicMs: () => clock.ms };
  const link = new RedisLink(new Secret(await redis.listen()), clock);
  return { redis, link, clock, state: new RedisState(link, new MemoryState(clock)) };
}

/** Requests taken by `key` in a window that does not end within the test, the one just taken included. */
async function taken(state: SharedState, key = 'a'): Promise<number> {
  const quota = { name: 'test', requests: 1_000_000, windowMs: 1_000_000, burst: 0 };
  const { states } = await state.take('test', key, [quota]);
  return quota.requests - states[0]!.remaining;
}

describe('shared state without a working Redis', () => {
  it('counts here when nothing listens', async () => {
    const clock = new Clock();
    const link = new RedisLink(new Secret('redis://127.0.0.1:1'), clock);
    const state = new RedisState(link, new MemoryState(clock));
    expect(await taken(state)).toBe(1);
    expect(await taken(state)).toBe(2);
    link.close();
  });

  it('logs an outage once for each reason, and again while it lasts', async () => {
    let nowMs = 0;
    const lines: string[] = [];
    const note = (line: string) => void lines.push(line);
    Logger.overrideLogger({ log: note, warn: note, error: note });
    const link = new RedisLink(new Secret('redis://127.0.0.1:1'), {
      now: () => new Date(),
      monotonicMs: () => nowMs,
    });
    try {
      await link.firstConnection();
      expect(lines).toEqual([
        'REDIS_URL: 127.0.0.1:1 does not respond (ECONNREFUSED); check host and port, that a Redis listens there, and that rediss:// is used only for TLS. Until it is back, this process counts the requests of callers by itself: a caller may use its limit once at each replica, and no request fails for it; it is tried again without a restart',
      ]);
      nowMs = 31_000;
      await until('it is logged again', () => lines.length === 2);
      expect(lines[1]).toContain(
        'does not respond (ECONNREFUSED), and has been out of use for 31 s; check host',
      );
    } finally {
      link.close();
      Logger.overrideLogger(false);
    }
  });

  it('leaves a refusal to the error that ends the start, and logs what comes later', async () => {
    const lines: string[] = [];
    const note = (line: string) => void lines.push(line);
    Logger.overrideLogger({ log: note, warn: note, error: note });
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => socket.destroy()));
      socket.on('data', (data) => {
        const commands = data.toString().match(/^\*\d+\r$/gm) ?? [];
        socket.write('-ERR DB index is out of range\r\n'.repeat(commands.length));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const link = new RedisLink(new Secret(`redis://127.0.0.1:${port}/99`), new Clock());
    try {
      const text = `REDIS_URL: 127.0.0.1:${port} does not have the database of the URL`;
      await expect(link.firstConnection()).rejects.toThrow(text);
      expect([lines, link.status]).toEqual([[], 'unreachable']);
      server.close();
      for (const socket of sockets) socket.destroy();
      await until('it is logged', () => lines.length > 0);
      expect(lines[0]).toContain('does not respond (ECONNREFUSED)');
    } finally {
      link.close();
      server.close();
      Logger.overrideLogger(false);
    }
  });

  it('asks a Redis that hangs once a second, and counts here meanwhile', async () => {
    const redis = new HangingRedis();
    let nowMs = 0;
    const clock = { now: () => new Date(), monotonicMs: () => nowMs };
    const link = new RedisLink(new Secret(await redis.listen()), clock);
    const state = new RedisState(link, new MemoryState(clock));
    let hits = 0;
    // Until the connection stands, everything is counted here.
    while (redis.counted === 0) {
      hits = await taken(state);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const more = await Promise.all(Array.from({ length: 100 }, () => taken(state)));
    expect(more.at(-1)).toBe(hits + 100);
    expect(redis.counted).toBe(1);
    nowMs += 1_001;
    await taken(state);
    expect(redis.counted).toBe(2);
    link.close();
    redis.server.close();
  });

  it('logs once that a Redis hangs, which accepts every new connection', async () => {
    const redis = new HangingRedis();
    let nowMs = 0;
    const lines: string[] = [];
    const note = (line: string) => void lines.push(line);
    Logger.overrideLogger({ log: note, warn: note, error: note });
    const clock = { now: () => new Date(), monotonicMs: () => nowMs };
    const link = new RedisLink(new Secret(await redis.listen()), clock);
    const state = new RedisState(link, new MemoryState(clock));
    try {
      await until('it was asked often', async () => {
        nowMs += 1_001;
        await taken(state);
        return redis.counted >= 8;
      });
      expect(redis.connections).toBeGreaterThan(2);
      const first = lines.filter((line) => !line.includes('has been out of use'));
      expect(first).toEqual([expect.stringContaining('does not reply in time')]);
    } finally {
      link.close();
      redis.server.close();
      Logger.overrideLogger(false);
    }
  });

  it('keeps the connection to a Redis that is slow', async () => {
    const { redis, link, state, clock } = await withLateRedis();
    await until('it is asked', async () => (await taken(state)) > 0 && redis.counted > 0);
    for (let late = 1; late <= 8; late += 1) {
      await until('it has replied late', () => redis.replied === late);
      clock.ms += 1_001;
      await taken(state);
    }
    expect(redis.connections).toBe(1);
    link.close();
    redis.server.close();
  });

  it('connects again where a connection is open and the greeting has no response', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => socket.destroy()).resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const link = new RedisLink(new Secret(url), new Clock());
    await until('it has connected twice', () => connections === 2);
    link.close();
    server.close();
  });

  it('is degraded while Redis replies too late, and no longer once it has replied in time', async () => {
    const { redis, link, state, clock } = await withLateRedis();
    const isDegradedAfter = async (ms: number) => {
      clock.ms += ms;
      await taken(state);
      return state.isDegraded;
    };
    try {
      await link.firstConnection();
      expect(state.isDegraded).toBe(false);
      expect(await isDegradedAfter(0)).toBe(true);
      await until('it has replied late', () => redis.replied === 1);
      redis.lateMs = 0;
      await until('it is shared again', async () => !(await isDegradedAfter(5_001)));
    } finally {
      link.close();
      redis.server.close();
    }
  });

  it('lets the gateway start, respond and stop, and shows in a metric that it counts here', async () => {
    const gateway = await startGateway({ env: { REDIS_URL: 'redis://127.0.0.1:1' } });
    expect((await gateway.call('GET', '/v1/voucher-groups')).status).toBe(200);
    expect((await gateway.call('GET', '/metrics')).text).toMatch(/^tollgate_caller_limits_degraded 1$/m);
    await gateway.close();
  });
});
