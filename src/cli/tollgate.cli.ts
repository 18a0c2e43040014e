import { CommanderError } from 'commander';
import { CliCommand } from './cli.command.js';
import { completionCommand } from './completion.command.js';
import { configCommand } from './config.check.command.js';
import { GatewayProblem } from './gateway/gateway.problem.js';
import { keysCommand } from './keys.new.command.js';
import { operationsCommand } from './operations/operations.command.js';
import { CommandError, EXIT, type ExitCode, type Terminal } from './terminal.js';

const EXIT_CODES = `
Exit codes: 0 success; 1 failure, or errors in the file; 2 invalid command line, also where only the gateway can know that
a value is not valid; 3 success for some of several operations.`;

/** Runs one command; `args` are the arguments after `tollgate`. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const program = programOf(terminal);
  try {
    await program.parseAsync(args, { from: 'user' });
    return program.exitCode;
  } catch (error) {
    // Printed already: help, or a usage error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.misused;
    if (!(error instanceof CommandError)) throw error;
    terminal.err(`${error.message}\n`);
    // A value of a flag, which only the gateway can check.
    const isValue = error instanceof GatewayProblem && error.slug === 'validation-failed';
    return isValue ? EXIT.misused : EXIT.failed;
  }
}

/** The tree of commands. */
export function programOf(terminal: Terminal): CliCommand {
  const program = new CliCommand('tollgate', terminal);
  return program
    .description('Creates keys, checks settings, and handles operations of a running Tollgate gateway.')
    .addCommands(
      keysCommand(terminal),
      configCommand(terminal),
      operationsCommand(terminal),
      completionCommand(terminal, () => program),
    )
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EXIT_CODES);
}
