import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';

export interface LedgerLoad {
  readonly writes: number;
  readonly seconds: number;
  /** Sorted. */
  readonly latenciesMs: readonly number[];
}

const BODY = JSON.stringify({ userId: '42', voucherGroupId: '324673248' });

/**
 * So many clients, each with one handout at a time, each under a new key.
 * @throws Error at the first response that is not 201: its figures would mean nothing
 */
export async function load(url: string, concurrency: number, forMs: number): Promise<LedgerLoad> {
  const pool = new Pool(url, { connections: concurrency, pipelining: 1 });
  const latenciesMs: number[] = [];
  const run = randomUUID();
  const started = performance.now();
  const client = async (name: number): Promise<void> => {
    for (let count = 0; performance.now() - started < forMs; count += 1) {
      const begun = performance.now();
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/v1/voucher-handouts',
        headers: {
          authorization: 'Bearer tg_demo_full_access',
          'content-type': 'application/json',
          'idempotency-key': `${run}-${name}-${count}`,
        },
        body: BODY,
      });
      const text = await body.text();
      if (statusCode !== 201) throw new Error(`a write got ${statusCode}: ${text}`);
      latenciesMs.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, name) => client(name)));
  const seconds = (performance.now() - started) / 1_000;
  await pool.close();
  return { writes: latenciesMs.length, seconds, latenciesMs: latenciesMs.toSorted((a, b) => a - b) };
}
