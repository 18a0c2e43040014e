import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DIST } from './gateway.js';
import { GatewayFleet } from './gateway.fleet.js';
import { writeSettings } from './gateway.settings.js';
import { PostgresServer } from './postgres.server.js';
import { Simulators } from './simulators.js';

/** The processes of a run, and the folder of their files. */
export interface World {
  readonly folder: string;
  readonly postgres: PostgresServer;
  readonly simulators: Simulators;
  readonly fleet: GatewayFleet;
}

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-chaos-'));
  // PostgreSQL runs as another user and must get through.
  chmodSync(folder, 0o711);
  const postgres = await PostgresServer.create(join(folder, 'postgres'), {
    // Its process is killed, not the machine: what it has written is there after the restart all the same.
    settings: { fsync: 'off', shared_buffers: '32MB' },
  });
  const simulators = await Simulators.start(fileURLToPath(new URL('simulators/main.js', DIST)), folder);
  const fleet = await GatewayFleet.start({
    folder,
    settings: writeSettings(folder, simulators),
    databasePort: postgres.port,
    databaseUrl: (port) => postgres.urlBy(port),
  });
  return { folder, postgres, simulators, fleet };
}

/** @param keep leaves the folder, for a person who looks for the reason of something */
export async function stopWorld(
  { folder, postgres, simulators, fleet }: World,
  keep: boolean,
): Promise<void> {
  await Promise.allSettled([fleet.stop(), simulators.stop(), postgres.stop()]);
  if (!keep) rmSync(folder, { recursive: true, force: true });
}
