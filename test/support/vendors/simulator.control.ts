import type { Effect, RunningSimulator } from '../../../src/simulators/simulator.js';

/** Sets faults of a running simulator, and reads its recorded effects. */
export class SimulatorControl {
  /** @param calm called before each new trouble */
  constructor(
    private readonly simulator: RunningSimulator,
    private readonly calm: () => void = () => undefined,
  ) {}

  get url(): string {
    return this.simulator.url;
  }

  /** The next `times` calls of `operation` go wrong in the way of `kind`. */
  async fault(operation: string, kind: string, times = 1, ms?: number): Promise<void> {
    this.calm();
    await this.control('POST', '/__faults', { operation, kind, times, ...(ms === undefined ? {} : { ms }) });
  }

  async clearFaults(): Promise<void> {
    this.calm();
    await this.control('DELETE', '/__faults');
  }

  /** Every effect really committed, or those of one operation. */
  async effects(operation?: string): Promise<Effect[]> {
    const { effects } = (await this.control('GET', '/__ledger')) as { effects: Effect[] };
    return operation === undefined ? effects : effects.filter((effect) => effect.operation === operation);
  }

  /** Any other control of the simulator, for example `PUT /__quirks`. */
  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.simulator.url + path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  close(): Promise<void> {
    return this.simulator.close();
  }
}
