import type { ConfigurationIssue } from '../errors/configuration.error.js';
import { type DatabaseLimits, readDatabaseLimits } from './database.limits.js';
import { IMPORT2_TIMEOUTS, SPID_TIMEOUTS } from '../upstream.timeouts.js';
import { whiteSpaceAround, whiteSpaceHint } from '../errors/white.space.js';
import { EnvironmentReader } from './environment.reader.js';
import { readHost } from './listen.host.js';
import type { Secret } from '../secrets/secret.js';
import { callTimesWithin, LAST_COMMIT_MS, reasonOfLateCalls, type ShutdownTimes } from './shutdown.times.js';
import { checkPostgresUrl, checkRedisUrl } from './store.url.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

const READINESS_DATABASE = ['once', 'required', 'ignored'] as const;

/**
 * Deployment settings, read once at the start. A class only so that Nest can inject it by type; the value is the
 * frozen object that `readEnvironment` returns.
 */
export abstract class Environment implements ShutdownTimes {
  /** `embedded`: simulators and demo callers in this process. `configured`: `TOLLGATE_CONFIG` names the settings. */
  abstract readonly mode: 'embedded' | 'configured';
  abstract readonly host: string;
  /** 0 lets the system choose. */
  abstract readonly port: number;
  abstract readonly logLevel: LogLevel;
  /** Path of the settings file; set in configured mode, absent in embedded mode. */
  abstract readonly settingsFile?: string;
  /** No other process serves the same callers, so that the ledger and the counters may be this process's own. */
  abstract readonly singleProcess: boolean;
  /** Folder of the PGlite database, used when `databaseUrl` is absent. */
  abstract readonly dataDir: string;
  /** `postgres://…`; a secret because it carries a password. */
  abstract readonly databaseUrl?: Secret;
  /** Set with `databaseUrl`. */
  abstract readonly databaseLimits?: DatabaseLimits;
  /**
   * When `/health/ready` counts the database. `once`: not before the first connection, never after. `required`: fails
   * whenever writes cannot be recorded. `ignored`: never.
   */
  abstract readonly readinessDatabase: (typeof READINESS_DATABASE)[number];
  /** `redis://…` or `rediss://…`; a secret because it may carry a password. */
  abstract readonly redisUrl?: Secret;
  /** How many replicas the deployment has at most; a larger number seen alive counts instead. */
  abstract readonly replicas: number;
  /** Ports of the simulators; absent in configured mode. */
  abstract readonly simulatorPorts?: { readonly spid: number; readonly import2: number };
  /** How long a connection may be idle between two requests before the gateway closes it. */
  abstract readonly keepAliveTimeoutMs: number;
  /** New requests are refused while each turn of the event loop is later than this; 0: never for this reason. */
  abstract readonly shedEventLoopDelayMs: number;
  /** New requests are refused while more of the memory is used; 0: never for this reason. */
  abstract readonly shedMemoryPercent: number;
  abstract readonly drainDelayMs: number;
  abstract readonly shutdownGraceMs: number;
  /** Valid settings that deserve attention. */
  abstract readonly warnings: readonly ConfigurationIssue[];
}

const DEFAULT_PORT = 3000;
const SPID_SIMULATOR_PORT = 4001;
const IMPORT2_SIMULATOR_PORT = 4002;

const ANY_PORT = { min: 0, max: 65_535 };

/**
 * From SIGTERM to the end. Kubernetes kills after 30 s; 2 s less leave room for its own delays. The time is the sum of
 * the drain (5 s), one attempt of the slowest call (20 s, Import2) and the last commit (3 s). Too short leaves
 * operations with an unknown outcome on every deployment.
 */
const SHUTDOWN_GRACE_MS = 28_000;

/** A load balancer that probes every 2 s needs two misses; without this it would send requests to a closed port. */
const DRAIN_DELAY_MS = 5_000;

/** Longer than common load balancers keep idle connections (60 s), so that they close first and no request is lost. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

/**
 * A request waits for its turn about six times (body, limits, ledger, vendor, ledger, response), so that it takes 3 s by
 * then, and callers give up at 5 to 10 s. A gateway that keeps up is some milliseconds behind.
 */
const SHED_EVENT_LOOP_DELAY_MS = 500;

/** The rest is for what is in progress; at 100 % the process is killed, with an unknown outcome for each write. */
const SHED_MEMORY_PERCENT = 90;

/**
 * Reads and checks the variables that the mode uses, and no others.
 * @param reasonOfFile why the settings file cannot be read, where a process is about to run on it
 * @throws ConfigurationError with every error
 */
export function readEnvironment(
  env: NodeJS.ProcessEnv,
  reasonOfFile?: (path: string) => string | undefined,
): Environment {
  const reader = new EnvironmentReader(env);
  const settingsFile = reader.text('TOLLGATE_CONFIG');
  const mode = settingsFile === undefined ? 'embedded' : 'configured';
  const unreadable = settingsFile === undefined ? undefined : reasonOfFile?.(settingsFile);
  if (settingsFile !== undefined && unreadable !== undefined) {
    reader.report.error(
      'TOLLGATE_CONFIG',
      `names ${settingsFile.trim()}, which cannot be read: ${unreadable}${whiteSpaceHint(settingsFile)}`,
    );
  }
  const port = reader.number('PORT', DEFAULT_PORT, ANY_PORT);
  const environment: Environment = {
    mode,
    host: readHost(reader, mode),
    port,
    logLevel: reader.word('LOG_LEVEL', LOG_LEVELS, 'info'),
    ...(settingsFile === undefined ? { simulatorPorts: readSimulatorPorts(reader, port) } : { settingsFile }),
    ...readStores(reader, mode),
    readinessDatabase: reader.word('READINESS_DATABASE', READINESS_DATABASE, 'once'),
    keepAliveTimeoutMs: reader.number('KEEP_ALIVE_TIMEOUT_MS', KEEP_ALIVE_TIMEOUT_MS, {
      min: 1_000,
      max: 7_200_000,
    }),
    shedEventLoopDelayMs: reader.number('SHED_EVENT_LOOP_DELAY_MS', SHED_EVENT_LOOP_DELAY_MS, {
      min: 0,
      max: 60_000,
    }),
    shedMemoryPercent: reader.number('SHED_MEMORY_PERCENT', SHED_MEMORY_PERCENT, { min: 0, max: 99 }),
    ...readShutdownTimes(reader, mode),
    warnings: reader.report.warnings,
  };
  reader.refuseUnknown('TOLLGATE_', ['TOLLGATE_CONFIG']);
  reader.report.throwErrors('environment');
  return Object.freeze(environment);
}

function readSimulatorPorts(reader: EnvironmentReader, gateway: number): { spid: number; import2: number } {
  const spid = reader.number('SPID_SIMULATOR_PORT', SPID_SIMULATOR_PORT, ANY_PORT);
  const import2 = reader.number('IMPORT2_SIMULATOR_PORT', IMPORT2_SIMULATOR_PORT, ANY_PORT);
  const differ = (name: string, port: number, others: Readonly<Record<string, number>>) => {
    const same = Object.keys(others).find((other) => port !== 0 && others[other] === port);
    if (same !== undefined) reader.report.error(name, `must differ from ${same}, which is ${port} too`);
  };
  differ('SPID_SIMULATOR_PORT', spid, { PORT: gateway });
  differ('IMPORT2_SIMULATOR_PORT', import2, { PORT: gateway, SPID_SIMULATOR_PORT: spid });
  return { spid, import2 };
}

type Stores = Pick<
  Environment,
  'replicas' | 'singleProcess' | 'dataDir' | 'databaseUrl' | 'databaseLimits' | 'redisUrl'
>;

/** A ledger or counters of one process's own are never chosen by leaving something out, except in embedded mode. */
function readStores(reader: EnvironmentReader, mode: Environment['mode']): Stores {
  const singleProcess =
    mode === 'embedded' || reader.word('SINGLE_PROCESS', ['true', 'false'], 'false') === 'true';
  const databaseUrl = reader.secretUrl('DATABASE_URL', checkPostgresUrl);
  const redisUrl = reader.secretUrl('REDIS_URL', checkRedisUrl);
  if (!singleProcess && !reader.isSet('DATABASE_URL')) {
    reader.report.error(
      'DATABASE_URL',
      'is missing: each process would keep a ledger of its own in DATA_DIR, and two replicas would execute one key ' +
        'twice. Set it to one PostgreSQL for all replicas, or set SINGLE_PROCESS=true if there is only this process',
    );
  }
  if (!singleProcess && !reader.isSet('REDIS_URL')) {
    reader.report.warn(
      'REDIS_URL',
      "is missing: each process counts by itself, so that N replicas let N times a caller's limit and an upstream's " +
        'budget pass. Set it for all replicas, or set SINGLE_PROCESS=true if there is only this process',
    );
  }
  const usesDataDir = mode === 'embedded' || !reader.isSet('DATABASE_URL');
  const dataDir = (usesDataDir ? reader.text('DATA_DIR') : undefined) ?? '.tollgate';
  const around = whiteSpaceAround(dataDir);
  if (around !== undefined)
    reader.report.warn('DATA_DIR', `${around}, which is in the name of the folder too`);
  const databaseLimits = reader.isSet('DATABASE_URL') ? readDatabaseLimits(reader) : undefined;
  const replicas = reader.number('REPLICAS', 1, { min: 1, max: 1_000 });
  return { replicas, singleProcess, dataDir, databaseUrl, databaseLimits, redisUrl };
}

/** In configured mode, the time limits of the tenants are checked against these when the settings are parsed. */
function readShutdownTimes(reader: EnvironmentReader, mode: Environment['mode']): ShutdownTimes {
  const times: ShutdownTimes = {
    drainDelayMs: reader.number('DRAIN_DELAY_MS', mode === 'embedded' ? 0 : DRAIN_DELAY_MS, {
      min: 0,
      max: 60_000,
    }),
    shutdownGraceMs: reader.number('SHUTDOWN_GRACE_MS', SHUTDOWN_GRACE_MS, { min: 0, max: 600_000 }),
  };
  const reason =
    mode === 'embedded'
      ? (reasonOfLateCalls(IMPORT2_TIMEOUTS, times) ?? reasonOfLateCalls(SPID_TIMEOUTS, times))
      : undefined;
  if (callTimesWithin(times).attemptMs <= 0) {
    const least = times.drainDelayMs + LAST_COMMIT_MS;
    reader.report.error(
      'SHUTDOWN_GRACE_MS',
      `must be more than ${least}: DRAIN_DELAY_MS and the last commit (${LAST_COMMIT_MS})`,
    );
  } else if (reason !== undefined) reader.report.error('SHUTDOWN_GRACE_MS', reason);
  return times;
}
