import { fileURLToPath } from 'node:url';
import { Child } from '../../test/chaos/processes/child.js';
import { DIST } from '../../test/chaos/processes/chaos.gateway.js';
import { freePort } from '../../test/support/network/free.port.js';
import { until } from '../../test/support/until.js';

const MEASURED = new URL('measured.process.mjs', import.meta.url);

/** What a process holds, and for how long it stopped. */
export interface MeasuredProcess {
  /** Objects on the heap and beside it, without code; garbage included, unless it was collected. */
  readonly liveBytes: number;
  readonly rssBytes: number;
  /** Longest stop of the event loop by its own computing, since it was measured before. */
  readonly stoppedMs: number;
  /** Longest collection of garbage in that time. */
  readonly collectedMs: number;
  /** Of all threads since the start. */
  readonly cpuMs: number;
}

/** A gateway as it was built. */
export interface BenchGateway {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to the first response that it is ready. */
  readonly readyMs: number;
  /** `live`: collects all garbage before, which stops the process for a while. @throws Error unless it is `measured` */
  measure(what?: 'live'): Promise<MeasuredProcess>;
  stop(): Promise<void>;
}

export interface BuiltGatewayOptions {
  /** File of its log. */
  readonly log: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Command that starts it as its own arguments, for example `taskset -c 1`. */
  readonly under?: readonly string[];
  /** Loads `measured.process.mjs`. */
  readonly measured?: boolean;
}

/** Starts `dist/main.js` and waits until it is ready. @throws Error when it ends before */
export async function startBuiltGateway(options: BuiltGatewayOptions): Promise<BenchGateway> {
  const { log, environment, under = [], measured = false } = options;
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    HOST: '127.0.0.1',
    PORT: String(port),
    DRAIN_DELAY_MS: '0',
    // As in the image.
    MALLOC_ARENA_MAX: '1',
    ...environment,
  };
  const measuredAt = measured ? await freePort() : undefined;
  const flags =
    measuredAt === undefined ? [] : ['--expose-gc', '--import', `${MEASURED.href}?port=${measuredAt}`];
  const [command, ...args] = [...under, process.execPath, ...flags, fileURLToPath(new URL('main.js', DIST))];
  const started = performance.now();
  const child = new Child(command, args, { env, log });
  const url = `http://127.0.0.1:${port}`;
  await until('a gateway is ready', async () => {
    if (!child.isAlive) throw new Error(`a gateway does not start: ${child.lastWords}`);
    const response = await fetch(`${url}/health/ready`).catch(() => undefined);
    return response?.ok === true;
  });
  const readyMs = performance.now() - started;
  return {
    url,
    pid: child.pid ?? 0,
    readyMs,
    measure: async (what) => {
      const response = await fetch(`http://127.0.0.1:${measuredAt}/${what ?? ''}`);
      return (await response.json()) as MeasuredProcess;
    },
    stop: () => child.end('SIGKILL'),
  };
}
