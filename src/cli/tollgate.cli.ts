import { checkConfig } from './config.check.command.js';
import { newKey } from './keys.new.command.js';
import { EXIT, type ExitCode, type Terminal, UsageError } from './terminal.js';

const HELP = `Usage:
  tollgate keys new [--name CALLER] [--json]   make an API key and the entry for the settings file
  tollgate config check FILE                   say what is wrong with a settings file
  tollgate --help

Exit codes: 0 done, 1 the file has faults, 2 the command line is not understood.
`;

/** Runs one command; `args` are the words after `tollgate`. */
export function run(args: readonly string[], terminal: Terminal): ExitCode {
  try {
    return dispatch(args, terminal);
  } catch (error) {
    if (!isMisuse(error)) throw error;
    terminal.err(`${error.message}\n\n${HELP}`);
    return EXIT.misused;
  }
}

function dispatch(args: readonly string[], terminal: Terminal): ExitCode {
  if (args.includes('--help') || args.includes('-h')) {
    terminal.out(HELP);
    return EXIT.ok;
  }
  const rest = args.slice(2);
  switch (args.slice(0, 2).join(' ')) {
    case 'keys new':
      return newKey(rest, terminal);
    case 'config check':
      return checkConfig(rest, terminal);
    default:
      throw new UsageError(args.length === 0 ? 'Which command?' : 'There is no such command.');
  }
}

/** Ours, and what `parseArgs` throws at an unknown or incomplete option. */
function isMisuse(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code?.startsWith('ERR_PARSE_ARGS_') === true;
}
