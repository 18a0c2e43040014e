import { ConfigurationError } from '../config/errors/configuration.error.js';
import { readSettingsFile } from '../config/settings/file/settings.file.js';
import { settingsSchema } from '../config/settings/file/settings.schema.js';
import { CliCommand } from './cli.command.js';
import { refusalOf, reportOf } from './config.report.js';
import { EXIT, type ExitCode, type Terminal } from './terminal.js';

export function configCommand(terminal: Terminal): CliCommand {
  const group = new CliCommand('config', terminal).description('the settings file');
  group
    .command('check')
    .description('report the errors of a settings file')
    .argument('<file>', 'the settings file')
    .does((_, [file = '']) => checkConfig(file, terminal));
  group
    .command('schema')
    .description('print the JSON Schema of the settings file, with which editors complete and check it')
    .does(() => {
      terminal.out(`${JSON.stringify(settingsSchema(), undefined, 2)}\n`);
      return EXIT.ok;
    });
  return group;
}

/** Reads a settings file with its secrets, as the gateway does, and reports its errors. */
function checkConfig(file: string, terminal: Terminal): ExitCode {
  try {
    terminal.out(reportOf(file, readSettingsFile(file, { env: terminal.env })));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    terminal.err(refusalOf(file, error));
    return EXIT.failed;
  }
}
