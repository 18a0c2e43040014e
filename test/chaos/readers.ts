import { setTimeout as sleep } from 'node:timers/promises';
import { TRAFFIC_MS } from './plan/disturbance.js';
import type { Gateway } from './processes/chaos.gateway.js';
import { GATEWAYS, type GatewayFleet } from './processes/gateway.fleet.js';
import { apiKeyOf, CALLERS, TENANTS } from './processes/gateway.settings.js';
import type { Random } from '../support/random.js';
import { until } from '../support/until.js';

/** Reads of a schedule, beside its writes. Import2's limit has room for both. */
const READS = 16;

/** So many more at once, now and then: without a budget they exceed Import2's limit. */
const RUSH = { reads: 20, probability: 0.4, path: '/v1/migration-tools' } as const;

/** Below and above the time of an attempt. */
const DEADLINES_MS = [300, 600, 1_000] as const;

/** A request that hangs is seen as one without a response. */
const PATIENCE_MS = 10_000;

const PATHS = ['/v1/voucher-groups', '/v1/users/42/entitlements', '/v1/migration-tools'] as const;

/** One of each vendor. */
const RECOVERED_PATHS = ['/v1/voucher-groups', '/v1/migration-tools'] as const;

/** A read with a deadline, from the client's side. */
export interface Reading {
  readonly requestId: string;
  readonly deadlineMs: number;
  /** 0: none came. */
  readonly status: number;
  readonly gateway: Pick<Gateway, 'hasEnded'>;
}

interface PlannedRead {
  readonly requestId: string;
  readonly atMs: number;
  readonly slot: number;
  readonly path: string;
  readonly deadlineMs: number;
}

/** Reads with deadlines; they need no database. */
export class Readers {
  readonly readings: Reading[] = [];

  constructor(
    private readonly fleet: GatewayFleet,
    private readonly random: Random,
    private readonly schedule: string,
  ) {}

  /** While writes and disturbances go on. */
  async read(): Promise<void> {
    const plans: PlannedRead[] = Array.from({ length: READS }, (_, index) => ({
      requestId: `${this.schedule}-read-${index}`,
      atMs: this.random.whole(0, TRAFFIC_MS),
      slot: this.random.whole(0, GATEWAYS - 1),
      path: this.random.pick(PATHS),
      deadlineMs: this.random.pick(DEADLINES_MS),
    }));
    const rushMs = this.random.whole(0, TRAFFIC_MS);
    if (this.random.chance(RUSH.probability)) {
      for (let read = 0; read < RUSH.reads; read += 1) {
        const requestId = `${this.schedule}-rush-${read}`;
        plans.push({
          requestId,
          atMs: rushMs,
          slot: read % GATEWAYS,
          path: RUSH.path,
          deadlineMs: DEADLINES_MS[1],
        });
      }
    }
    await Promise.all(
      plans.map(async ({ requestId, atMs, slot, path, deadlineMs }) => {
        await sleep(atMs);
        const gateway = this.fleet.at(slot);
        const headers = { 'x-request-id': requestId, 'tollgate-deadline-ms': String(deadlineMs) };
        const status = await statusOf(gateway, path, headers);
        this.readings.push({ requestId, deadlineMs, status, gateway });
      }),
    );
  }

  /** How long it takes until each gateway serves reads of both vendors. Milliseconds; `limitMs` and more when it does not. */
  async recovery(limitMs: number): Promise<number> {
    const started = performance.now();
    let missing = Array.from({ length: GATEWAYS }, (_, slot) => this.fleet.at(slot)).flatMap((gateway) =>
      RECOVERED_PATHS.map((path) => ({ gateway, path })),
    );
    await until(
      'every gateway serves reads of both vendors',
      async () => {
        const served = await Promise.all(missing.map(({ gateway, path }) => statusOf(gateway, path)));
        missing = missing.filter((_, index) => served[index] !== 200);
        // Reads that come too often would use up what they wait for.
        if (missing.length > 0) await sleep(250);
        return missing.length === 0;
      },
      limitMs,
    ).catch(() => undefined);
    return performance.now() - started;
  }
}

function statusOf(gateway: Gateway, path: string, headers: Record<string, string> = {}): Promise<number> {
  return fetch(gateway.url + path, {
    headers: { authorization: `Bearer ${apiKeyOf(CALLERS[0])}`, 'tollgate-tenant': TENANTS[0], ...headers },
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => 0,
  );
}
