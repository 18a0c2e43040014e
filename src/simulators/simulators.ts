import { join } from 'node:path';
import { type Import2SimulatorOptions, startImport2Simulator } from './import2/import2.simulator.js';
import type { RunningSimulator } from './simulator.js';
import { type SpidSimulatorOptions, startSpidSimulator } from './spid/spid.simulator.js';

export interface SimulatorsOptions {
  /** 0 picks a free port. */
  readonly spidPort: number;
  /** 0 picks a free port. */
  readonly import2Port: number;
  readonly host: string;
  /** Adds what the examples of the gateway's API document name. */
  readonly examples?: SimulatorExamples;
  /** Folder of the files that keep the state of both, see `SimulatorOptions.stateFile`. */
  readonly stateFolder?: string;
  readonly idsAfter?: number;
}

export interface SimulatorExamples {
  readonly exampleVoucher: NonNullable<SpidSimulatorOptions['exampleVoucher']>;
  readonly exampleMigration: NonNullable<Import2SimulatorOptions['exampleMigration']>;
}

export interface RunningSimulators {
  readonly spid: RunningSimulator;
  readonly import2: RunningSimulator;
  close(): Promise<void>;
}

/** Starts both or none: when one fails to start, the other is closed before the error is thrown. */
export async function startSimulators(options: SimulatorsOptions): Promise<RunningSimulators> {
  const { spidPort, import2Port, host, examples, stateFolder, idsAfter } = options;
  const optionsOf = (name: string) => ({
    ...examples,
    host,
    ...(stateFolder === undefined ? {} : { stateFile: join(stateFolder, `simulator.${name}.json`) }),
    ...(idsAfter === undefined ? {} : { idsAfter }),
  });
  const spid = await startSpidSimulator({ ...optionsOf('spid'), port: spidPort });
  try {
    const import2 = await startImport2Simulator({ ...optionsOf('import2'), port: import2Port });
    const close = async (): Promise<void> => {
      await Promise.all([spid.close(), import2.close()]);
    };
    return { spid, import2, close };
  } catch (error) {
    await spid.close();
    throw error;
  }
}

/** Ids of this microsecond: greater than those of any earlier process, as no simulator issues a million in a second. */
export function unusedIds(): number {
  return Date.now() * 1_000;
}
