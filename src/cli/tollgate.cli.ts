import { checkConfig } from './config.check.command.js';
import { newKey } from './keys.new.command.js';
import { listOperations } from './operations.list.command.js';
import { probeOperation } from './operations.probe.command.js';
import { MANY_HELP, resolveOperation } from './operations.resolve.command.js';
import { showOperation } from './operations.show.command.js';
import { summarizeOperations } from './operations.summary.command.js';
import { CommandError, EXIT, type ExitCode, type Terminal, UsageError } from './terminal.js';

const HELP = `Usage:
  tollgate keys new [--name CALLER] [--json]   make an API key and the entry for the settings file
  tollgate config check FILE                   say what is wrong with a settings file
  tollgate operations list [FILTERS] [--all]   list writes and what became of them, newest first
  tollgate operations show ID                  show one of them with its evidence
  tollgate operations summary                  count those of unknown outcome
  tollgate operations probe ID                 have the upstream read for the effect of an unknown one; decides nothing
  tollgate operations resolve ID --decision executed|not_executed --reason TEXT [--evidence TEXT]
                              [--migration-id ID] [--if-match VERSION]
                                               decide what became of an unknown one; final
  tollgate operations resolve --from-file FILE --decision … --reason TEXT [--evidence TEXT] [--dry-run]
                                               the same for ${MANY_HELP} that
                                               "operations list … --json" printed (- is standard input): probes each,
                                               decides those whose probe speaks for it, and names the others
  tollgate --help

Filters of the list:
  --state running|succeeded|failed|unknown|released   --kind KIND   --user ID   --voucher-group ID
  --awaits evidence|person   --recommendation executed|not_executed
  --destination-username TEXT   --from TIME   --to TIME   --limit 1..100   --cursor CURSOR

The operations commands ask a running gateway:
  --url URL        where it is; default http://127.0.0.1:3000
  --key-file FILE  file with an API key; or set GATEWAY_KEY
  --tenant NAME    for a caller that belongs to several
  --json           one JSON object a line
  --allow-plain-http   let the key travel in clear to another machine

Exit codes: 0 done, 1 it failed or the file has faults, 2 the command line is not understood, 3 done for some of a file.
`;

/** Runs one command; `args` are the words after `tollgate`. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (error instanceof CommandError) {
      terminal.err(`${error.message}\n`);
      return EXIT.failed;
    }
    if (!isMisuse(error)) throw error;
    // Last, because the usage fills a terminal.
    terminal.err(`${HELP}\n${error.message}\n`);
    return EXIT.misused;
  }
}

function dispatch(args: readonly string[], terminal: Terminal): ExitCode | Promise<ExitCode> {
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
    case 'operations list':
      return listOperations(rest, terminal);
    case 'operations show':
      return showOperation(rest, terminal);
    case 'operations probe':
      return probeOperation(rest, terminal);
    case 'operations summary':
      return summarizeOperations(rest, terminal);
    case 'operations resolve':
      return resolveOperation(rest, terminal);
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
