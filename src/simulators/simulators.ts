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
  const { spidPort, import2Port, host, examples } = options;
  const spid = await startSpidSimulator({ ...examples, port: spidPort, host });
  try {
    const import2 = await startImport2Simulator({ ...examples, port: import2Port, host });
    const close = async (): Promise<void> => {
      await Promise.all([spid.close(), import2.close()]);
    };
    return { spid, import2, close };
  } catch (error) {
    await spid.close();
    throw error;
  }
}
