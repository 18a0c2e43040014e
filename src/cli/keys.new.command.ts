import { createHash, randomBytes } from 'node:crypto';
import { CliCommand, jsonOption } from './cli.command.js';
import { CHOSEN_NAME, CHOSEN_NAME_RULE } from '../config/chosen.names.js';
import { EXIT, type ExitCode, type Terminal, UsageError } from './terminal.js';

/** As many bits as the hash has; cannot be guessed. */
const KEY_BYTES = 32;

interface Values {
  readonly name?: string;
  readonly json?: boolean;
}

export function keysCommand(terminal: Terminal): CliCommand {
  const group = new CliCommand('keys', terminal).description('API keys of callers');
  group
    .command('new')
    .description(
      'create an API key and its entry for the settings file; the key is printed once and stored nowhere',
    )
    .option('--name <caller>', 'name of the caller, for the text around the key')
    .addOption(jsonOption())
    .does<Values>((values) => newKey(values, terminal));
  return group;
}

/** Creates an API key and prints it once, with its entry for the settings file. Nothing is stored. @throws UsageError */
function newKey({ name, json = false }: Values, terminal: Terminal): ExitCode {
  if (name !== undefined && !CHOSEN_NAME.test(name)) {
    throw new UsageError(`--name must be ${CHOSEN_NAME_RULE}; the settings file takes no other`);
  }
  const key = `tg_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const sha256 = createHash('sha256').update(key).digest('hex');
  if (json) {
    terminal.out(`${JSON.stringify({ ...(name === undefined ? {} : { name }), key, sha256 })}\n`);
    return EXIT.ok;
  }
  const whose = name === undefined ? 'the caller' : `caller ${name}`;
  terminal.out(
    `Key for ${whose}; it is shown only once and stored nowhere:\n\n  ${key}\n\n` +
      `Add to the keys of ${whose} in the settings file:\n\n  - sha256: ${sha256}\n`,
  );
  return EXIT.ok;
}
