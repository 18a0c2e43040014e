import { checkConfig } from './config.check.command.js';
import { newKey } from './keys.new.command.js';
import { listOperations } from './operations.list.command.js';
import { probeOperation } from './operations.probe.command.js';
import { MANY_HELP, resolveOperation } from './operations.resolve.command.js';
import { showOperation } from './operations.show.command.js';
import { summarizeOperations } from './operations.summary.command.js';
import { CommandError, EXIT, type ExitCode, type Terminal, UsageError } from './terminal.js';

const HELP = `Usage:
  tollgate keys new [--name CALLER] [--json]   create an API key and its entry for the settings file
  tollgate config check FILE                   report the errors of a settings file
  tollgate operations list [FILTERS] [--all]   list operations and their outcomes, newest first
  tollgate operations show ID                  show an operation with its evidence
  tollgate operations summary                  count the operations with an unknown outcome
  tollgate operations probe ID                 read the upstream for the effect of an unknown operation; decides nothing
  tollgate operations resolve ID --decision executed|not_executed --reason TEXT [--evidence TEXT]
                              [--migration-id ID] [--if-match VERSION]
                                               decide the outcome of an unknown operation; final
  tollgate operations resolve --from-file FILE --decision … --reason TEXT [--evidence TEXT] [--dry-run]
                                               the same for ${MANY_HELP} that
                                               "operations list … --json" printed (- is standard input): probes each,
                                               decides those whose probe supports the decision, and reports the others
  tollgate --help

Filters of the list:
  --state running|succeeded|failed|unknown|released   --kind KIND   --user ID   --voucher-group ID
  --awaits evidence|person   --recommendation executed|not_executed
  --destination-username TEXT   --from TIME   --to TIME   --limit 1..100   --cursor CURSOR

The operations commands call a running gateway:
  --url URL        its base URL; default http://127.0.0.1:3000
  --key-file FILE  file with an API key; or set GATEWAY_KEY
  --tenant NAME    for a caller that belongs to several tenants
  --json           one JSON object per line
  --allow-plain-http   allow sending the key unencrypted to another machine

Exit codes: 0 success, 1 failure or errors in the file, 2 invalid command line, 3 success for some operations of a file.
`;

/** Runs one command; `args` are the arguments after `tollgate`. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (error instanceof CommandError) {
      terminal.err(`${error.message}\n`);
      return EXIT.failed;
    }
    if (!isMisuse(error)) throw error;
    // Last, because the usage fills the screen.
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
      throw new UsageError(args.length === 0 ? 'A command is required.' : 'Unknown command.');
  }
}

/** Our own, or one of `parseArgs` for an unknown or incomplete option. */
function isMisuse(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code?.startsWith('ERR_PARSE_ARGS_') === true;
}
