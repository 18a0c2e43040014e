import 'reflect-metadata';
import { createGateway } from './app.setup.js';
import type { Environment } from './config/environment/environment.js';
import type { Settings } from './config/settings/settings.js';
import { SettingsReload } from './config/reload/settings.reload.js';
import { lineOfIssue, withPlaces } from './config/yaml/located.issues.js';
import { FileStamps } from './config/settings/file.stamps.js';
import { readSettingsFile } from './config/settings/settings.file.js';
import { DEMO_KEYS } from './embedded/embedded.settings.js';
import { embeddedBanner, startEmbeddedUpstreams } from './embedded/embedded.upstreams.js';
import { startFacts } from './process.report.js';
import { stopOnSignal } from './shutdown.js';
import type { DataDirLock } from './store/data-dir/data-dir.lock.js';
import { Database } from './store/database/database.js';
import { EmbeddedSource } from './store/database/database.source.js';
import { standardOutput } from './telemetry/log.output.js';
import { readableOutput } from './telemetry/readable.output.js';
import { createLogger, GatewayLogger } from './telemetry/logger.js';
import { Import2Clients } from './upstreams/import2/import2.clients.js';
import { SpidClients } from './upstreams/spid/spid.clients.js';

/**
 * Runs the gateway in this process, until a signal ends it.
 * @param dataDirLock of `DATA_DIR`, where anything is kept in it; released last
 */
export async function runGateway(environment: Environment, dataDirLock?: DataDirLock): Promise<void> {
  const output = standardOutput();
  process.on('exit', () => output.end());
  const isWatched = environment.mode === 'embedded' && process.stdout.isTTY;
  const lines = isWatched ? await readableOutput(output) : output;
  const logger = new GatewayLogger(createLogger(environment.logLevel, lines), output);
  crashThroughLog(logger);
  for (const { path, reason } of environment.warnings) logger.warn(`${path} ${reason}`, 'Environment');
  const embedded = environment.mode === 'embedded' ? await startEmbeddedUpstreams(environment) : undefined;
  const settingsFiles = new FileStamps();
  const settings = embedded?.settings ?? readSettings(environment, logger, settingsFiles);
  const database = environment.databaseUrl ? undefined : new EmbeddedSource(environment.dataDir, dataDirLock);
  const app = await createGateway({
    environment,
    settings,
    settingsFiles,
    logger,
    ...(database && { database }),
    ...(embedded && { demoKeys: DEMO_KEYS }),
  });
  await app.listen(environment.port, environment.host);
  const address = await app.getUrl();
  const started = { environment, settings, address, database: app.get(Database).state };
  logger.log(startFacts(started), 'Tollgate is started', 'Process');
  const close = async (): Promise<void> => {
    // The simulators save their state at their end.
    await embedded?.close();
    dataDirLock?.release();
  };
  stopOnSignal({ app, times: environment, logger, close, ...(embedded && { report: atTerminal }) });
  if (!embedded) process.on('SIGHUP', () => void app.get(SettingsReload).reload());
  await embedded?.announceTo(address);
  await embedded?.makeExample(address);
  if (embedded) process.stderr.write(embeddedBanner(address, settings));
  app.get(SpidClients).startTrials();
  app.get(Import2Clients).startTrials();
  // At a terminal a person reads along, and other texts are written between the lines.
  if (!isWatched) output.startBatches();
}

function atTerminal(text: string): void {
  process.stderr.write(`${text}\n`);
}

function readSettings(environment: Environment, logger: GatewayLogger, files: FileStamps): Settings {
  const file = environment.settingsFile ?? '';
  const { settings, warnings } = readSettingsFile(file, {
    env: process.env,
    shutdown: environment,
    files,
  });
  for (const issue of withPlaces(file, warnings)) logger.warn(lineOfIssue(file, issue), 'Settings');
  return settings;
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
