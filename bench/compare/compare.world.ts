import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresServer } from '../../test/chaos/processes/postgres.server.js';
import { RedisServer } from '../../test/chaos/processes/redis.server.js';
import { RIVALS, startRival } from '../rivals/rivals.js';
import { bearerOf, writeBenchSettings } from '../support/bench.settings.js';
import { type BenchGateway, startBuiltGateway } from '../support/built.gateway.js';
import { onCore, OTHER_CORE, SERVER_CORE } from '../support/cores.js';
import { startPart } from '../support/parts.js';
import { figuresOfProcess } from '../support/process.figures.js';
import { VENDOR_TOKEN } from '../support/vendor.constants.js';
import type { Contender, ContenderName } from './contenders.js';
import { CALLER, LIMITED } from './workloads.js';

const VENDOR = new URL('../support/quick.vendor.ts', import.meta.url);

/** Twice the most clients of a workload, as one operation has at most half of an account's places: none waits for one. */
const CONNECTIONS = 256;

export interface CompareWorld {
  readonly contenders: readonly Contender[];
  readonly hasDatabase: boolean;
  /** The gateway with PostgreSQL and Redis, started on a database that has the schema; absent without either. */
  readonly full?: { readonly gateway: BenchGateway; readonly idleBytes: number | undefined };
}

type Note = (text: string) => void;

/** Where a run reports what is missing, and what takes a while. */
export interface Progress {
  readonly note: Note;
  readonly progress: Note;
}

interface Where extends Progress {
  readonly folder: string;
}

/** Runs the work with the contenders that are wanted and available. */
export async function withContenders(
  wanted: ReadonlySet<ContenderName>,
  { note, progress }: Progress,
  work: (world: CompareWorld) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  // PostgreSQL runs as another user and must get through.
  chmodSync(folder, 0o711);
  const stops: (() => Promise<void>)[] = [];
  try {
    const vendor = await startPart(OTHER_CORE, VENDOR);
    const postgres = await orNote(note, 'writes and cached reads are left out', () =>
      PostgresServer.create(join(folder, 'postgres'), { under: onCore(OTHER_CORE) }),
    );
    if (postgres) stops.push(() => postgres.stop());
    const redis = await orNote(note, 'tollgate-redis is left out', () =>
      RedisServer.create(join(folder, 'redis')),
    );
    if (redis) stops.push(() => redis.stop());
    const gateways = new Gateways(folder, vendor.url, postgres?.url);
    const first = await gateways.start();
    stops.push(() => first.stop());
    const second = await gateways.start(redis?.url);
    stops.push(() => second.stop());
    const contenders: Contender[] = [
      { name: 'tollgate', ...first },
      ...(redis ? [{ name: 'tollgate-redis' as const, ...second }] : []),
      ...(await startRivals(wanted, vendor.url, { folder, note, progress })),
      { name: 'direct', url: vendor.url, pid: vendor.child.pid ?? 0 },
    ];
    const idleBytes = figuresOfProcess(second.pid)?.residentBytes;
    const full = postgres && redis && { gateway: second, idleBytes };
    await work({ contenders, hasDatabase: postgres !== undefined, ...(full && { full }) });
  } finally {
    for (const stop of stops.toReversed()) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startRivals(
  wanted: ReadonlySet<ContenderName>,
  vendorUrl: string,
  { folder, note, progress }: Where,
): Promise<Contender[]> {
  const environment = {
    vendorUrl,
    vendorToken: VENDOR_TOKEN,
    callerKey: bearerOf(CALLER.name),
    limitedKey: bearerOf(LIMITED.name),
  };
  const started: (Contender | undefined)[] = [];
  for (const name of RIVALS.filter((each) => wanted.has(each))) {
    const start = () => startRival(name, { environment, folder, progress });
    started.push(await orNote(note, `${name} is left out`, start));
  }
  return started.filter((each) => each !== undefined);
}

/** Gateways on one database and one settings file. */
class Gateways {
  readonly #settings: string;
  #count = 0;

  constructor(
    private readonly folder: string,
    vendorUrl: string,
    private readonly databaseUrl: string | undefined,
  ) {
    const urls = { spid: vendorUrl, import2: vendorUrl };
    this.#settings = writeBenchSettings(folder, { urls, connections: CONNECTIONS }, [CALLER, LIMITED]);
  }

  start(redisUrl?: string): Promise<BenchGateway> {
    this.#count += 1;
    const log = join(this.folder, `gateway-${this.#count}.log`);
    const database: Record<string, string> =
      this.databaseUrl === undefined
        ? { SINGLE_PROCESS: 'true', DATA_DIR: join(this.folder, `data-${this.#count}`) }
        : { DATABASE_URL: this.databaseUrl };
    const environment = {
      NODE_ENV: 'production',
      TOLLGATE_CONFIG: this.#settings,
      ...database,
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    };
    return startBuiltGateway({ log, environment, under: onCore(SERVER_CORE) });
  }
}

async function orNote<T>(note: Note, effect: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    note(`${effect}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
