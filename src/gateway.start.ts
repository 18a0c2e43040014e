import { ConfigurationError } from './config/errors/configuration.error.js';
import { reasonOfUnreadableFile } from './config/data.folder.js';
import { type Environment, readEnvironment } from './config/environment/environment.js';
import { FileStamps } from './config/settings/file/file.stamps.js';
import type { StartSettings } from './gateway.run.js';
import { checkListenAddresses, listenAddressesOf } from './listen.addresses.js';
import { lineOfFailedStart } from './start.failure.js';
import { DataDirLock } from './store/data-dir/data-dir.lock.js';

let environment: Environment | undefined;

/** A wrong environment, a folder and a port in use are refused before the application is loaded, which takes a second. */
async function main(): Promise<void> {
  environment = readEnvironment(process.env, reasonOfUnreadableFile);
  const settings = await readSettings(environment);
  // Before anything is made in the folder, and before a second start on it reports a port in use instead.
  const dataDirLock = lockOfDataDir(environment);
  await checkListenAddresses(listenAddressesOf(environment));
  const { runGateway } = await import('./gateway.run.js');
  await runGateway(environment, { dataDirLock, settings });
}

main().catch(async (error: unknown) => {
  const { secretFilter } = await import('./telemetry/masking/secret.filter.js');
  const shown =
    error instanceof ConfigurationError
      ? await listOfErrors(error)
      : `: ${lineOfFailedStart(error, environment)}`;
  process.stderr.write(secretFilter.text('log', `Tollgate does not start${shown}\n`));
  process.exit(1);
});

/** undefined in embedded mode, which makes its own. @throws ConfigurationError */
async function readSettings(current: Environment): Promise<StartSettings | undefined> {
  if (current.settingsFile === undefined) return undefined;
  const { readSettingsFile } = await import('./config/settings/file/settings.file.js');
  const files = new FileStamps();
  const options = { env: process.env, shutdown: current, files };
  return { ...readSettingsFile(current.settingsFile, options), files };
}

/** undefined where nothing is kept in the folder. */
function lockOfDataDir({ mode, databaseUrl, dataDir }: Environment): DataDirLock | undefined {
  if (mode === 'embedded') return new DataDirLock(dataDir, databaseUrl ? 'demo-files' : 'demo');
  return databaseUrl ? undefined : new DataDirLock(dataDir, 'database');
}

async function listOfErrors({ source, issues, notChecked }: ConfigurationError): Promise<string> {
  const lines =
    source === environment?.settingsFile
      ? await linesOfSettings(source, issues)
      : issues.map(({ path, reason }) => `${path} ${reason}`);
  const named = source === environment?.settingsFile ? `TOLLGATE_CONFIG: ${source}` : source;
  const later = notChecked === undefined ? '' : `; ${notChecked} were not checked yet`;
  return `; ${named} has ${issues.length} error(s)${later}:${lines.map((line) => `\n  ${line}`).join('')}`;
}

async function linesOfSettings(file: string, issues: ConfigurationError['issues']): Promise<string[]> {
  const { lineOfIssue, withPlaces } = await import('./config/yaml/located.issues.js');
  return withPlaces(file, issues).map((issue) => lineOfIssue(file, issue));
}
