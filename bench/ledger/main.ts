/**
 * `npm run bench:ledger`: what the ledger costs. Handouts per second with it and without it, against an upstream that
 * responds at once, on a PostgreSQL of its own. The gateway has one core to itself; this process, which makes the load,
 * the upstream and PostgreSQL share another. Rounds alternate, so that a machine that slows
 * down meanwhile slows both.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresServer } from '../../test/chaos/processes/postgres.server.js';
import { numberOptions, orExit } from '../../test/support/number.options.js';
import { leaveServerCore, onCore, OTHER_CORE, SERVER_CORE } from '../support/cores.js';
import { startPart } from '../support/parts.js';
import type { GatewayFigures } from './ledger.gateway.js';
import { load } from './ledger.load.js';

const VENDOR = new URL('../support/quick.vendor.ts', import.meta.url);
const GATEWAY = new URL('ledger.gateway.ts', import.meta.url);

/** The compiler, the pool and the keep-alive sockets have settled by then. */
const WARM_UP_MS = 3_000;

const OPTIONS = {
  seconds: { min: 1, max: 3_600, default: 10 },
  rounds: { min: 1, max: 1_000, default: 2 },
  // The load has one socket for each.
  clients: { min: 1, max: 10_000, default: 32 },
};

const options = orExit(() => numberOptions(OPTIONS));

type Variant = 'on' | 'off';

interface Result {
  readonly variant: Variant;
  readonly clients: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly roundTrips: number;
  /** Of the gateway, a write. Does not depend on who else uses the machine. */
  readonly cpuMs: number;
}

interface Urls {
  readonly upstreamUrl: string;
  readonly databaseUrl: string;
}

async function figuresOf(child: ChildProcess): Promise<GatewayFigures> {
  child.send('figures');
  const [figures] = (await once(child, 'message')) as [GatewayFigures];
  return figures;
}

async function measure(
  variant: Variant,
  clients: number,
  { upstreamUrl, databaseUrl }: Urls,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  const gateway = await startPart(SERVER_CORE, GATEWAY, [variant, upstreamUrl, databaseUrl, folder]);
  await load(gateway.url, clients, WARM_UP_MS);
  const before = await figuresOf(gateway.child);
  const { writes, seconds, latenciesMs } = await load(gateway.url, clients, options.seconds * 1_000);
  const after = await figuresOf(gateway.child);
  gateway.child.kill('SIGKILL');
  await once(gateway.child, 'exit');
  rmSync(folder, { recursive: true });
  const quantile = (share: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * share)] ?? NaN;
  return {
    variant,
    clients,
    perSecond: writes / seconds,
    p50: quantile(0.5),
    p99: quantile(0.99),
    roundTrips: (after.roundTrips - before.roundTrips) / writes,
    cpuMs: (after.cpuMs - before.cpuMs) / writes,
  };
}

function show({ variant, clients, perSecond, p50, p99, roundTrips, cpuMs }: Result): void {
  const cells = [
    `ledger ${variant}`.padEnd(12),
    `${clients} clients`.padStart(11),
    `${perSecond.toFixed(0)} writes/s`.padStart(14),
    `p50 ${p50.toFixed(1)} ms`.padStart(14),
    `p99 ${p99.toFixed(1)} ms`.padStart(14),
    `${roundTrips.toFixed(2)} round trips/write`.padStart(24),
    `${cpuMs.toFixed(3)} ms of the gateway's core/write`.padStart(38),
  ];
  process.stdout.write(`${cells.join('')}\n`);
}

/** The fastest round of each, which other processes disturbed least. */
function best(results: readonly Result[], variant: Variant): Result {
  const [first, ...others] = results.filter((result) => result.variant === variant);
  if (!first) throw new Error('no round');
  return others.reduce((a, b) => (b.perSecond > a.perSecond ? b : a), first);
}

/** A server of its own with the settings as they come, so that it too keeps off the gateway's core. */
async function withPostgres(work: (url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  // PostgreSQL runs as another user and must get through.
  chmodSync(folder, 0o711);
  const postgres = await PostgresServer.create(join(folder, 'postgres'), { under: onCore(OTHER_CORE) });
  try {
    await work(postgres.url);
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true });
  }
}

leaveServerCore();
process.stdout.write(
  `load of the machine before: ${loadavg()
    .map((each) => each.toFixed(1))
    .join(' ')}\n`,
);
const upstream = await startPart(OTHER_CORE, VENDOR);
await withPostgres(async (databaseUrl) => {
  const urls = { upstreamUrl: upstream.url, databaseUrl };
  const results: Result[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    for (const variant of ['off', 'on'] as const) {
      const result = await measure(variant, options.clients, urls);
      results.push(result);
      show(result);
    }
  }
  const alone = await measure('on', 1, urls);
  show(alone);
  const [on, off] = [best(results, 'on'), best(results, 'off')];
  const share = (part: number, whole: number) => `${((100 * part) / whole).toFixed(0)} %`;
  process.stdout.write(
    `with the ledger: ${share(on.perSecond, off.perSecond)} of the rate without it, ` +
      `by the time of the gateway's core alone ${share(off.cpuMs, on.cpuMs)}; ` +
      `${alone.roundTrips.toFixed(2)} round trips for a write that comes alone, ${on.roundTrips.toFixed(2)} under load\n`,
  );
});
process.exit(0);
