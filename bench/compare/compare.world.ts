import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresServer } from '../../test/chaos/postgres.server.js';
import { RedisServer } from '../../test/chaos/redis.server.js';
import { RIVALS, startRival } from '../rivals/rivals.js';
import { bearerOf, writeBenchSettings } from '../support/bench.settings.js';
import { type BenchGateway, startBuiltGateway } from '../support/built.gateway.js';
import { onCore, OTHER_CORE, SERVER_CORE } from '../support/cores.js';
import { startPart } from '../support/parts.js';
import { VENDOR_TOKEN } from '../support/vendor.constants.js';
import type { Contender, ContenderName } from './contenders.js';
import { CALLER, LIMITED } from './workloads.js';

const VENDOR = new URL('../support/quick.vendor.ts', import.meta.url);

export interface CompareWorld {
  readonly contenders: readonly Contender[];
  readonly hasDatabase: boolean;
  /** The gateway with the stores that this machine has, started on a database that it knows. */
  readonly started: BenchGateway;
}

type Note = (text: string) => void;

/** Runs the work with the contenders that are wanted and available; `note` gets what is missing. */
export async function withContenders(
  wanted: ReadonlySet<ContenderName>,
  note: Note,
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
      ...(await startRivals({ wanted, note, folder, vendorUrl: vendor.url })),
      { name: 'direct', url: vendor.url, pid: vendor.child.pid ?? 0 },
    ];
    await work({ contenders, hasDatabase: postgres !== undefined, started: second });
  } finally {
    for (const stop of stops.toReversed()) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startRivals(where: {
  readonly wanted: ReadonlySet<ContenderName>;
  readonly note: Note;
  readonly folder: string;
  readonly vendorUrl: string;
}): Promise<Contender[]> {
  const { wanted, note, folder, vendorUrl } = where;
  const environment = {
    vendorUrl,
    vendorToken: VENDOR_TOKEN,
    callerKey: bearerOf(CALLER.name),
    limitedKey: bearerOf(LIMITED.name),
  };
  const started: Contender[] = [];
  for (const name of RIVALS.filter((each) => wanted.has(each))) {
    const rival = await orNote(note, `${name} is left out`, () => startRival(name, environment, folder));
    if (rival && 'missing' in rival) note(`${name} is left out: it is not installed; ${rival.missing}`);
    else if (rival) started.push(rival);
  }
  return started;
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
    this.#settings = writeBenchSettings(folder, { urls }, [CALLER, LIMITED]);
  }

  start(redisUrl?: string): Promise<BenchGateway> {
    this.#count += 1;
    const log = join(this.folder, `gateway-${this.#count}.log`);
    const database: Record<string, string> =
      this.databaseUrl === undefined
        ? { DATA_DIR: join(this.folder, `data-${this.#count}`) }
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
