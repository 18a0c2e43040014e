import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { freePort } from '../../../support/network/free.port.js';
import { until } from '../../../support/until.js';

/** A Redis of a test's own, to be killed, frozen and flushed. `REDIS_SERVER` names another program, for example Valkey's. */
export class OwnRedis {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly more: readonly string[],
  ) {}

  /** @param more flags of the server */
  static async start(port?: number, more: readonly string[] = []): Promise<OwnRedis> {
    const redis = new OwnRedis(port ?? (await freePort()), more);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const program = process.env['REDIS_SERVER'] ?? 'redis-server';
    const flags = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    // A replica keeps what its primary sends in memory, and not in the folder in which the tests run.
    flags.push('--repl-diskless-load', 'swapdb');
    this.#process = spawn(program, [...flags, ...this.more], { stdio: 'ignore' });
    await until('Redis replies', () =>
      this.run((redis) => redis.ping()).then(
        () => true,
        () => false,
      ),
    );
  }

  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url, {
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      lazyConnect: true,
    });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await command(redis);
    } finally {
      redis.disconnect();
    }
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const running = this.#process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }
}
