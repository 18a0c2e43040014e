import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DIST } from './chaos.gateway.js';
import { GatewayFleet } from './gateway.fleet.js';
import { writeSettings } from './gateway.settings.js';
import { PostgresServer } from './postgres.server.js';
import { RedisServer } from './redis.server.js';
import { Simulators } from './simulator.process.js';

/** The processes of a run, and the folder of their files. */
export interface World {
  readonly folder: string;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly simulators: Simulators;
  readonly fleet: GatewayFleet;
}

/** What was started ends with what could not be. @throws Error when a part of it does not start */
export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-chaos-'));
  // PostgreSQL runs as another user and must get through.
  chmodSync(folder, 0o711);
  const parts: Partial<World> & Pick<World, 'folder'> = { folder };
  try {
    const postgres = await PostgresServer.create(join(folder, 'postgres'), {
      // Its process is killed, not the machine: what it has written is there after the restart all the same.
      settings: { fsync: 'off', shared_buffers: '32MB' },
    });
    Object.assign(parts, { postgres });
    const redis = await RedisServer.create(join(folder, 'redis'));
    Object.assign(parts, { redis });
    const simulators = await Simulators.start(fileURLToPath(new URL('simulators/main.js', DIST)), folder);
    Object.assign(parts, { simulators });
    const fleet = await GatewayFleet.start({
      folder,
      settings: writeSettings(folder, simulators),
      databasePort: postgres.port,
      databaseUrl: (port) => postgres.urlBy(port),
      redisUrl: redis.url,
    });
    return { folder, postgres, redis, simulators, fleet };
  } catch (error) {
    await stopWorld(parts, true);
    throw error;
  }
}

/** @param keep leaves the folder for inspection */
export async function stopWorld(
  { folder, postgres, redis, simulators, fleet }: Partial<World> & Pick<World, 'folder'>,
  keep: boolean,
): Promise<void> {
  await Promise.allSettled([fleet?.stop(), simulators?.stop(), redis?.stop(), postgres?.stop()]);
  if (!keep) rmSync(folder, { recursive: true, force: true });
}
