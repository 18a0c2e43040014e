import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Secret } from '../../config/secrets/secret.js';

/** For the connection, and again for the greeting on it: the other end can vanish between the two. */
export const REDIS_CONNECT_TIMEOUT_MS = 1_000;

const RECONNECT_MS = { first: 100, max: 2_000 } as const;

const FIRST = new WeakMap<Redis, Promise<void>>();

/**
 * Connects, and reconnects for as long as the process runs. A command that cannot be sent at once fails at once, and one
 * that was cut off is not repeated: what it changes may have happened.
 */
export function connectRedis(url: Secret, connectionName: string): Redis {
  const redis = new Redis(url.reveal(), {
    connectionName,
    connectTimeout: REDIS_CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (tries) => Math.min(RECONNECT_MS.first * 2 ** (tries - 1), RECONNECT_MS.max),
  });
  let greeting: NodeJS.Timeout | undefined;
  redis.on('connect', () => {
    clearTimeout(greeting);
    greeting = setTimeout(() => {
      redis.emit('error', Object.assign(new Error('no reply to the greeting'), { code: 'ETIMEDOUT' }));
      redis.disconnect(true);
    }, REDIS_CONNECT_TIMEOUT_MS).unref();
  });
  redis.on('ready', () => clearTimeout(greeting));
  redis.on('close', () => clearTimeout(greeting));
  FIRST.set(redis, new Promise((resolve) => redis.once('ready', resolve).once('error', () => resolve())));
  return redis;
}

/** Resolves once the first connection of `connectRedis` is ready or has failed, after `REDIS_CONNECT_TIMEOUT_MS` at the latest. */
export async function firstConnection(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') await soon(FIRST.get(redis));
}

/** Waits for its end, however it ends, for `REDIS_CONNECT_TIMEOUT_MS` at most. */
export async function soon(work: Promise<unknown> | undefined): Promise<void> {
  await Promise.race([
    work?.catch(() => undefined),
    sleep(REDIS_CONNECT_TIMEOUT_MS, undefined, { ref: false }),
  ]);
}
