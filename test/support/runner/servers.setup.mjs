import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import limitMemory from './jest.setup.cjs';

const DATABASE_URL = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';
const REDIS_SERVER = process.env['REDIS_SERVER'] ?? 'redis-server';

/** Gives each worker its servers; `TEST_SERVERS` names them to test/support/runner/servers.environment.cjs. */
export default async ({ maxWorkers }) => {
  limitMemory();
  const numbers = Array.from({ length: maxWorkers }, (_, index) => index + 1);
  const workers = await Promise.all(
    numbers.map(async (number) => ({ database: await createDatabase(number), redis: await startRedis() })),
  );
  globalThis.TEST_SERVERS = { workers, databaseUrl: DATABASE_URL };
  process.env['TEST_SERVERS'] = JSON.stringify(workers.map(({ database, redis }) => [database, redis.url]));
};

async function createDatabase(number) {
  const url = new URL(DATABASE_URL);
  const name = `${url.pathname.slice(1)}_${number}`;
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  try {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name} template template0`);
  } finally {
    await client.end();
  }
  url.pathname = name;
  return url.href;
}

async function startRedis() {
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn(REDIS_SERVER, flags, { stdio: 'ignore' });
  await once(child, 'spawn');
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  await client.ping();
  client.disconnect();
  return { url, child };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
