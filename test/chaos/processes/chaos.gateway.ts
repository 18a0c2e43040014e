import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.js';
import { DatabaseLine } from './database.line.js';
import { freePort } from '../../support/network/free.port.js';
import { PACE, PROCESSES } from './gateway.settings.js';
import type { Note } from './gateway.notes.js';
import { type ClockShift, ProcessClock } from './process.clock.js';
import { until } from '../../support/until.js';

/** The folder of what was built. */
export const DIST = new URL('../../../dist/', import.meta.url);

/** Two seconds on a machine that has nothing else to do. */
const START_MS_MAX = 120_000;

export interface GatewayProcessOptions {
  /** Unique in its folder; for the names of its files. */
  readonly name: string;
  readonly folder: string;
  readonly settings: string;
  readonly databasePort: number;
  readonly databaseUrl: (port: number) => string;
  readonly redisUrl: string;
}

/** One gateway, the line to its database, and its clocks. */
export class Gateway {
  #hasEnded = false;

  readonly line: DatabaseLine;
  readonly clock: ProcessClock;

  private constructor(
    readonly url: string,
    private readonly child: Child,
    private readonly files: { readonly log: string; readonly notes: string },
    { line, clock }: { readonly line: DatabaseLine; readonly clock: ProcessClock },
  ) {
    this.line = line;
    this.clock = clock;
  }

  static async start({
    name,
    folder,
    settings,
    databasePort,
    databaseUrl,
    redisUrl,
  }: GatewayProcessOptions): Promise<Gateway> {
    const [port, line] = [await freePort(), await DatabaseLine.start(databasePort)];
    const clock = new ProcessClock(join(folder, `${name}.clock`));
    const log = join(folder, `${name}.log`);
    const notes = join(folder, `${name}.notes`);
    const script = new URL('main.js', DIST);
    const child = new Child(process.execPath, ['--import', hookFor(clock, notes), script.pathname], {
      env: {
        PATH: process.env['PATH'],
        TOLLGATE_CONFIG: settings,
        DATABASE_URL: databaseUrl(line.port),
        REDIS_URL: redisUrl,
        REPLICAS: String(PROCESSES),
        HOST: '127.0.0.1',
        PORT: String(port),
        DRAIN_DELAY_MS: '0',
        LOG_LEVEL: 'warn',
        NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
      },
      log,
    });
    const gateway = new Gateway(`http://127.0.0.1:${port}`, child, { log, notes }, { line, clock });
    try {
      await until('a gateway listens', () => gateway.#isAlive(), START_MS_MAX);
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
  }

  /** Whether it was asked to end, and so may have left work unfinished. */
  get hasEnded(): boolean {
    return this.#hasEnded || !this.child.isAlive;
  }

  /** With its database; without it, it returns 200 as well. */
  isReady(): Promise<boolean> {
    return this.#responses('/health/ready', async (response) => {
      const { status } = (await response.json()) as { status: string };
      return status === 'up';
    });
  }

  signal(name: 'SIGKILL' | 'SIGTERM'): void {
    this.#hasEnded = true;
    this.child.signal(name);
  }

  /** As a machine that hangs. The returned function resumes it, its clocks moved. */
  freeze(): (shift?: ClockShift) => void {
    this.child.signal('SIGSTOP');
    return (shift) => {
      if (shift) this.clock.move(shift);
      this.child.signal('SIGCONT');
    };
  }

  async stop(): Promise<void> {
    this.#hasEnded = true;
    await this.child.end('SIGKILL');
    this.line.close();
    this.clock.close();
  }

  /** Whether its log has an error about this. */
  hasLoggedError(text: string): boolean {
    const lines = readFileSync(this.files.log, 'utf8').split('\n');
    return lines.some((line) => line.includes('"level":"error"') && line.includes(text));
  }

  /** What its hook has noted so far. */
  get notes(): readonly Note[] {
    if (!existsSync(this.files.notes)) return [];
    const lines = readFileSync(this.files.notes, 'utf8').split('\n');
    return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Note);
  }

  /** Whether it ended without a request to end. */
  get hasCrashed(): boolean {
    return !this.#hasEnded && !this.child.isAlive;
  }

  #isAlive(): Promise<boolean> {
    if (!this.child.isAlive) throw new Error(`a gateway does not start: see ${this.files.log}`);
    return this.#responses('/health/live');
  }

  #responses(
    path: string,
    accepts: (response: Response) => Promise<boolean> | boolean = ({ ok }) => ok,
  ): Promise<boolean> {
    return fetch(this.url + path, { signal: AbortSignal.timeout(1_000) }).then(accepts, () => false);
  }
}

function hookFor({ path }: ProcessClock, notes: string): string {
  const hook = new URL('gateway.hook.mjs', import.meta.url);
  hook.searchParams.set('clock', path);
  hook.searchParams.set('notes', notes);
  hook.searchParams.set('dist', DIST.href);
  hook.searchParams.set('pace', JSON.stringify(PACE));
  return hook.href;
}
