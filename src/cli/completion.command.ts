import { Argument } from 'commander';
import { CliCommand } from './cli.command.js';
import { completionScript, SHELLS, type Shell } from './completion.scripts.js';
import { EXIT, type ExitCode, type Terminal } from './terminal.js';

/** Prints a completion script made from the tree of commands that `program` returns. */
export function completionCommand(terminal: Terminal, program: () => CliCommand): CliCommand {
  return new CliCommand('completion', terminal)
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', USE)
    .does((_, [shell]): ExitCode => {
      terminal.out(completionScript(shell as Shell, program()));
      return EXIT.ok;
    });
}

const USE = `
Use:
  bash   source <(tollgate completion bash)
  zsh    source <(tollgate completion zsh)
  fish   tollgate completion fish | source`;
