import { randomUUID } from 'node:crypto';
import type { Simulators } from '../../test/chaos/processes/simulator.process.js';
import type { BenchWorld } from '../support/bench.world.js';
import { type Call, openLoop, type Response, send } from '../support/load.js';

export const READER = { name: 'reader', weight: 1 } as const;
export const WRITER = { name: 'writer', weight: 1 } as const;

const LATENCY_MS = 2_000;

const READS_PER_SECOND = 50;

export interface SlowWrites {
  readonly writes: readonly Response[];
  /** Of each read, while the writes were under way. */
  readonly beside: readonly (readonly Response[])[];
}

export function readOf(url: string): Call {
  return { url: `${url}/v1/voucher-groups`, caller: READER.name };
}

/** Fast reads for so long. */
export async function readsFor(read: Call, seconds: number): Promise<Response[]> {
  const reads: Response[] = [];
  await openLoop({ perSecond: READS_PER_SECOND, seconds }, async () => {
    reads.push(await send(read));
  });
  return reads;
}

/** So many writes at one time, each of which takes the vendor two seconds. */
export async function slowWrites(
  { simulators }: BenchWorld,
  url: string,
  { count, reads }: { readonly count: number; readonly reads: readonly Call[] },
): Promise<SlowWrites> {
  const voucherGroupId = await newStock(simulators, count);
  await setFault(simulators, { operation: 'voucher_handout', kind: 'latency', ms: LATENCY_MS });
  const written = new AbortController();
  const reading = reads.map(async (read) => {
    const responses: Response[] = [];
    while (!written.signal.aborted) responses.push(...(await readsFor(read, 0.5)));
    return responses;
  });
  const writes = await Promise.all(
    Array.from({ length: count }, () =>
      send({
        url: `${url}/v1/voucher-handouts`,
        caller: WRITER.name,
        method: 'POST',
        headers: { 'idempotency-key': randomUUID() },
        body: { userId: '42', voucherGroupId },
      }),
    ),
  );
  written.abort();
  const beside = await Promise.all(reading);
  await simulators.heal();
  return { writes, beside };
}

async function newStock(simulators: Simulators, amount: number): Promise<string> {
  const group = await simulators.spid('POST', '/vouchers/group', { title: 'bench', type: '8', unique: '1' });
  const id = String(group?.['voucherGroupId']);
  await simulators.spid('POST', `/vouchers/generate/${id}`, { amount: String(amount) });
  return id;
}

/** For every further call of the operation. */
export async function setFault(
  { urls }: Simulators,
  fault: { readonly operation: string; readonly kind: string; readonly ms?: number },
): Promise<void> {
  const response = await fetch(`${urls.spid}/__faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...fault, times: 1_000_000 }),
  });
  if (!response.ok) throw new Error(`a fault is refused: ${await response.text()}`);
}
