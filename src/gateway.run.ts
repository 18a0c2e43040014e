import 'reflect-metadata';
import { createGateway } from './app.setup.js';
import type { Environment } from './config/environment/environment.js';
import { SettingsReload } from './config/reload/settings.reload.js';
import { lineOfIssue, withPlaces } from './config/yaml/located.issues.js';
import { FileStamps } from './config/settings/file/file.stamps.js';
import type { Settings } from './config/settings/settings.js';
import type { SettingsFile } from './config/settings/file/settings.file.js';
import type { EmbeddedUpstreams } from './embedded/embedded.upstreams.js';
import { startFacts } from './start.log.js';
import { stopOnSignal } from './shutdown.js';
import { releaseStartMemory } from './start.memory.js';
import type { DataDirLock } from './store/data-dir/data-dir.lock.js';
import { Database } from './store/database/database.js';
import { EmbeddedSource } from './store/database/database.source.js';
import { RedisLink } from './store/state/redis.link.js';
import { standardOutput } from './telemetry/log.output.js';
import { readableOutput } from './telemetry/readable.output.js';
import { createLogger, GatewayLogger } from './telemetry/logger.js';
import { Import2Clients } from './upstreams/import2/import2.clients.js';
import { SpidClients } from './upstreams/spid/spid.clients.js';

/** The settings as they were read before the start. */
export interface StartSettings extends SettingsFile {
  /** Every file that was read. */
  readonly files: FileStamps;
}

export interface StartOptions {
  /** Of `DATA_DIR`, where anything is kept in it; released last. */
  readonly dataDirLock: DataDirLock | undefined;
  /** undefined in embedded mode. */
  readonly settings: StartSettings | undefined;
}

/** Runs the gateway in this process, until a signal ends it. */
export async function runGateway(
  environment: Environment,
  { dataDirLock, settings: given }: StartOptions,
): Promise<void> {
  const output = standardOutput();
  process.on('exit', () => output.end());
  const isWatched = environment.mode === 'embedded' && process.stdout.isTTY;
  const lines = isWatched ? await readableOutput(output) : output;
  const logger = new GatewayLogger(createLogger(environment.logLevel, lines), output);
  crashThroughLog(logger);
  logWarnings(environment, given, logger);
  const embedded = environment.mode === 'embedded' ? await startEmbedded(environment) : undefined;
  const settings = settingsOf(embedded, given);
  const database = environment.databaseUrl ? undefined : new EmbeddedSource(environment.dataDir, dataDirLock);
  const app = await createGateway({
    environment,
    settings,
    settingsFiles: given?.files ?? new FileStamps(),
    logger,
    ...(database && { database }),
    ...(embedded && { demoKeys: embedded.demoKeys }),
  });
  releaseStartMemory();
  await app.listen(environment.port, environment.host);
  const address = await app.getUrl();
  const redisStatus = environment.redisUrl && app.get(RedisLink, { strict: false }).status;
  const started = { environment, settings, address, database: app.get(Database).state, redisStatus };
  logger.log(startFacts(started), 'Tollgate is started', 'Process');
  const close = async (): Promise<void> => {
    // The simulators save their state at their end.
    await embedded?.close();
    dataDirLock?.release();
  };
  stopOnSignal({ app, times: environment, logger, close, ...(embedded && { report: atTerminal }) });
  if (!embedded) process.on('SIGHUP', () => void app.get(SettingsReload).reload());
  if (embedded) await introduce(embedded, address, app.get(Database));
  app.get(SpidClients).startTrials();
  app.get(Import2Clients).startTrials();
  // At a terminal a person reads along, and other texts are written between the lines.
  if (!isWatched) output.startBatches();
}

/** Loads the simulators, which no other mode needs. */
async function startEmbedded(environment: Environment): Promise<EmbeddedUpstreams> {
  const { startEmbeddedUpstreams } = await import('./embedded/embedded.upstreams.js');
  return startEmbeddedUpstreams(environment);
}

async function introduce(embedded: EmbeddedUpstreams, address: string, database: Database): Promise<void> {
  process.stderr.write(await embedded.introduce(address));
  if (!database.state.takesWrites) atTerminal('For now writes are refused: see DATABASE_URL above.');
}

function atTerminal(text: string): void {
  process.stderr.write(`${text}\n`);
}

function settingsOf(embedded: EmbeddedUpstreams | undefined, given: StartSettings | undefined): Settings {
  const settings = embedded?.settings ?? given?.settings;
  if (!settings) throw new Error('a start in configured mode needs its settings');
  return settings;
}

function logWarnings(
  environment: Environment,
  settings: StartSettings | undefined,
  logger: GatewayLogger,
): void {
  for (const { path, reason } of environment.warnings) logger.warn(`${path} ${reason}`, 'Environment');
  const file = environment.settingsFile ?? '';
  for (const issue of withPlaces(file, settings?.warnings ?? [])) {
    logger.warn(lineOfIssue(file, issue), 'Settings');
  }
}

/**
 * Node would print an uncaught error with everything that it carries, past the filter. The log has its name, text,
 * stack and causes. The process must end: the state after such an error is not known.
 */
function crashThroughLog(logger: GatewayLogger): void {
  process.on('uncaughtException', (error: unknown) => {
    logger.fatal(
      error instanceof Error ? error : new Error('something was thrown that is no error'),
      'Process',
    );
    process.exit(1);
  });
}
