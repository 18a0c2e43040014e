import { ConfigurationError, type ConfigurationFault } from './configuration.error.js';
import { Secret } from './secret.js';
import { readSecret } from './secret.source.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Deployment settings, read once at the start. A class only so that Nest can inject it by type; the value is the
 * frozen object that `readEnvironment` returns.
 */
export abstract class Environment {
  /** `embedded`: simulators and demo callers in this process. `configured`: `TOLLGATE_CONFIG` names the settings. */
  abstract readonly mode: 'embedded' | 'configured';
  abstract readonly host: string;
  /** 0 lets the system choose. */
  abstract readonly port: number;
  abstract readonly logLevel: LogLevel;
  /** Path of the settings file; set in configured mode, absent in embedded mode. */
  abstract readonly settingsFile?: string;
  /** Folder of the PGlite database, used when `databaseUrl` is absent. */
  abstract readonly dataDir: string;
  /** `postgres://…`; a secret because it carries a password. */
  abstract readonly databaseUrl?: Secret;
  /** `redis://…` or `rediss://…`; a secret because it may carry a password. */
  abstract readonly redisUrl?: Secret;
  /** What works but should be looked at. */
  abstract readonly warnings: readonly ConfigurationFault[];
  abstract readonly spidSimulatorPort: number;
  abstract readonly import2SimulatorPort: number;
  /** How long running requests may take to finish after SIGTERM. */
  abstract readonly shutdownGraceMs: number;
  /** How long the process goes on serving after readiness has failed, so that load balancers notice. */
  abstract readonly drainDelayMs: number;
}

const DEFAULT_PORT = 3000;

/**
 * Longer than the longest upstream call (25 s), so that a write in flight learns its outcome; shorter than the 30 s
 * after which Kubernetes kills. Too short leaves operations with an unknown outcome on every deployment.
 */
const SHUTDOWN_GRACE_MS = 28_000;

/** A load balancer that probes every 2 s needs two misses; without this it would send requests to a closed port. */
const DRAIN_DELAY_MS = 5_000;

/** Reads and checks everything; throws one ConfigurationError with every fault. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const reader = new EnvironmentReader(env);
  const settingsFile = reader.text('TOLLGATE_CONFIG');
  const mode = settingsFile === undefined ? 'embedded' : 'configured';
  const environment: Environment = {
    mode,
    host: reader.host('HOST', mode),
    port: reader.number('PORT', DEFAULT_PORT, { min: 0, max: 65_535 }),
    logLevel: reader.word('LOG_LEVEL', LOG_LEVELS, 'info'),
    ...(settingsFile === undefined ? {} : { settingsFile }),
    dataDir: reader.text('DATA_DIR') ?? '.tollgate',
    databaseUrl: reader.secretUrl('DATABASE_URL', ['postgres:', 'postgresql:']),
    redisUrl: reader.secretUrl('REDIS_URL', ['redis:', 'rediss:']),
    warnings: reader.warnings,
    spidSimulatorPort: reader.number('SPID_SIMULATOR_PORT', 4001, { min: 0, max: 65_535 }),
    import2SimulatorPort: reader.number('IMPORT2_SIMULATOR_PORT', 4002, { min: 0, max: 65_535 }),
    shutdownGraceMs: reader.number('SHUTDOWN_GRACE_MS', SHUTDOWN_GRACE_MS, { min: 0, max: 600_000 }),
    drainDelayMs: reader.number('DRAIN_DELAY_MS', mode === 'embedded' ? 0 : DRAIN_DELAY_MS, {
      min: 0,
      max: 60_000,
    }),
  };
  reader.refuseUnknown('TOLLGATE_', ['TOLLGATE_CONFIG']);
  reader.finish();
  return Object.freeze(environment);
}

/** Reads one variable after the other and collects what is wrong; an empty variable counts as unset. */
class EnvironmentReader {
  readonly warnings: ConfigurationFault[] = [];
  readonly #faults: ConfigurationFault[] = [];

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  text(name: string): string | undefined {
    return this.env[name] === '' ? undefined : this.env[name];
  }

  number(name: string, fallback: number, { min, max }: { min: number; max: number }): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    this.#fault(name, `must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  word<Word extends string>(name: string, words: readonly Word[], fallback: Word): Word {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) this.#fault(name, `must be one of: ${words.join(', ')}`);
    return word ?? fallback;
  }

  /** Embedded mode has published keys, so it answers this machine only. */
  host(name: string, mode: Environment['mode']): string {
    const text = this.text(name);
    if (mode === 'embedded') {
      if (text !== undefined && !isLoopback(text)) {
        this.#fault(
          name,
          'must be 127.0.0.1, ::1 or localhost: without TOLLGATE_CONFIG the demo keys, which everybody knows, are ' +
            'valid, so no other machine may reach them',
        );
      }
      return text ?? '127.0.0.1';
    }
    if (text !== undefined && /[\s/]/.test(text)) this.#fault(name, 'must be a host name or an IP address');
    return text ?? '0.0.0.0';
  }

  /** From the variable, or from the file that `<name>_FILE` names; never from both, so that it is clear which counts. */
  secretUrl(name: string, protocols: readonly string[]): Secret | undefined {
    const text = this.text(name);
    const file = this.text(`${name}_FILE`);
    if (file === undefined)
      return text === undefined ? undefined : this.#url(name, new Secret(text), protocols);
    if (text !== undefined) this.#fault(`${name}_FILE`, `must not be set together with ${name}`);
    const reading = readSecret({ file }, { folder: process.cwd(), env: this.env });
    const { secret, reason } = reading;
    if (secret !== undefined && reading.warning !== undefined) {
      this.warnings.push({ path: `${name}_FILE`, reason: reading.warning });
    }
    if (secret !== undefined) return this.#url(`${name}_FILE`, secret, protocols);
    this.#fault(`${name}_FILE`, reason ?? '');
    return undefined;
  }

  /** A misspelt variable would otherwise silently leave its default in force. */
  refuseUnknown(prefix: string, known: readonly string[]): void {
    for (const name of Object.keys(this.env).toSorted()) {
      if (!name.startsWith(prefix) || known.includes(name)) continue;
      if (isServiceLink(name, this.env[name] ?? '')) continue;
      this.#fault(name, `is not known; known names with this prefix: ${known.join(', ')}`);
    }
  }

  finish(): void {
    if (this.#faults.length > 0) throw new ConfigurationError('environment', this.#faults);
  }

  #url(name: string, secret: Secret, protocols: readonly string[]): Secret | undefined {
    const url = URL.parse(secret.reveal());
    if (url && protocols.includes(url.protocol)) return secret;
    this.#fault(name, `must be a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`);
    return undefined;
  }

  #fault(path: string, reason: string): void {
    this.#faults.push({ path, reason });
  }
}

function isLoopback(host: string): boolean {
  return ['127.0.0.1', '::1', 'localhost'].includes(host);
}

/** Kubernetes adds such variables to every pod when a service is called `tollgate` or `tollgate-…`. */
function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$/.test(name)) return true;
  if (/_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value);
}
