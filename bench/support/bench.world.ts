import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DIST } from '../../test/chaos/processes/chaos.gateway.js';
import { PostgresServer } from '../../test/chaos/processes/postgres.server.js';
import { RedisServer } from '../../test/chaos/processes/redis.server.js';
import { Simulators } from '../../test/chaos/processes/simulator.process.js';
import { type BenchCaller, writeBenchSettings } from './bench.settings.js';
import { type BenchGateway, type BuiltGatewayOptions, startBuiltGateway } from './built.gateway.js';

/** The servers of a benchmark, each a process of its own: the vendor's clock is not ours. */
export interface BenchWorld {
  readonly folder: string;
  readonly settings: string;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly simulators: Simulators;
}

type GatewayOptions = Partial<Pick<BuiltGatewayOptions, 'measured' | 'environment'>>;

/** Runs the work with servers that end with it. */
export async function withWorld(
  callers: readonly BenchCaller[],
  work: (world: BenchWorld) => Promise<void>,
  /** As in postgresql.conf. */
  postgresSettings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  // PostgreSQL runs as another user and must get through.
  chmodSync(folder, 0o711);
  const stops: (() => Promise<void>)[] = [];
  try {
    const postgres = await PostgresServer.create(join(folder, 'postgres'), {
      settings: { fsync: 'off', ...postgresSettings },
    });
    stops.push(() => postgres.stop());
    const redis = await RedisServer.create(join(folder, 'redis'));
    stops.push(() => redis.stop());
    const script = fileURLToPath(new URL('simulators/main.js', DIST));
    const simulators = await Simulators.start(script, folder);
    stops.push(() => simulators.stop());
    const settings = writeBenchSettings(folder, simulators, callers);
    await work({ folder, settings, postgres, redis, simulators });
  } finally {
    for (const stop of stops.toReversed()) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the work with so many gateways on an empty Redis. */
export async function withGateways(
  world: BenchWorld,
  count: number,
  work: (gateways: readonly BenchGateway[]) => Promise<void>,
  options: GatewayOptions = {},
): Promise<void> {
  await world.redis.run((redis) => redis.flushall());
  const gateways: BenchGateway[] = [];
  try {
    for (let index = 0; index < count; index += 1) {
      const environment = { REPLICAS: String(count), ...options.environment };
      gateways.push(await startGateway(world, index, { ...options, environment }));
    }
    await work(gateways);
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
  }
}

async function startGateway(
  { folder, settings, postgres, redis }: BenchWorld,
  index: number,
  { measured = false, environment = {} }: GatewayOptions,
): Promise<BenchGateway> {
  const defaults = {
    TOLLGATE_CONFIG: settings,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    LOG_LEVEL: 'warn',
    NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
  };
  const log = join(folder, `gateway-${index}.log`);
  return startBuiltGateway({ log, measured, environment: { ...defaults, ...environment } });
}
