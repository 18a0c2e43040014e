import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Child } from './child.js';
import { freePort } from '../../support/network/free.port.js';
import { until } from '../../support/until.js';

/** Between two pauses of a slow server, so that every client gets through now and then. */
const BREATH_MS = 40;

/** A Redis of this run alone, so that it can be killed and stopped at any moment. Keeps nothing on disk. */
export class RedisServer {
  #child: Child | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  static async create(folder: string): Promise<RedisServer> {
    mkdirSync(folder, { recursive: true });
    requireBinary();
    const server = new RedisServer(await freePort(), folder);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const flags = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = new Child('redis-server', flags, {
      cwd: this.folder,
      log: join(this.folder, 'redis.log'),
    });
    this.#child = child;
    await until('Redis responds', async () => {
      if (!child.isAlive) throw new Error(`Redis does not start: see ${this.folder}/redis.log`);
      return this.run((redis) => redis.ping()).then(
        () => true,
        () => false,
      );
    });
  }

  /** All that it knew is lost. */
  async kill(): Promise<void> {
    await this.#child?.end('SIGKILL');
  }

  /** As a machine that hangs: connections stay open, nothing is replied. */
  freeze(): () => void {
    const child = this.#child;
    child?.signal('SIGSTOP');
    return () => child?.signal('SIGCONT');
  }

  /** Replies to nothing for `pauseMs` at a time, over and over. */
  async slow(forMs: number, pauseMs: number): Promise<void> {
    const end = performance.now() + forMs;
    await this.run(async (redis) => {
      while (performance.now() < end) {
        await redis.client('PAUSE', pauseMs, 'ALL');
        await sleep(pauseMs + BREATH_MS);
      }
    });
  }

  /** On a connection of its own. */
  async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis({
      port: this.port,
      host: '127.0.0.1',
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  async stop(): Promise<void> {
    await this.kill();
  }
}

function requireBinary(): void {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
  } catch (error) {
    throw new Error('there is no redis-server on the PATH: install the package "redis-server"', {
      cause: error,
    });
  }
}
