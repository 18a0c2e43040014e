import { Command, type ErrorOptions, type HelpContext, Option } from 'commander';
import { EXIT, type ExitCode, printable, type Terminal, UsageError } from './terminal.js';

/** Does the work of a command, and returns its exit code. */
export type Work<V> = (values: V, operands: readonly string[]) => ExitCode | Promise<ExitCode>;

/** A command of the tree. A usage error prints its message and the command that prints the help. */
export class CliCommand extends Command {
  exitCode: ExitCode = EXIT.ok;

  constructor(
    name: string,
    private readonly terminal: Terminal,
  ) {
    super(name);
    this.exitOverride()
      .helpOption('-h, --help', 'print this help')
      .configureOutput({
        writeOut: (text) => terminal.out(text),
        writeErr: (text) => terminal.err(text),
        outputError: (text, write) => write(`${text.trimEnd().split('\n').map(printable).join('\n')}\n`),
        getOutHelpWidth: () => HELP_WIDTH,
        getErrHelpWidth: () => HELP_WIDTH,
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      })
      .configureHelp({ optionDescription: descriptionOf });
  }

  /** `tollgate operations list` for this command. */
  get path(): string {
    return this.parent instanceof CliCommand ? `${this.parent.path} ${this.name()}` : this.name();
  }

  override createCommand(name = ''): CliCommand {
    return new CliCommand(name, this.terminal);
  }

  addCommands(...commands: readonly CliCommand[]): this {
    for (const command of commands) this.addCommand(command);
    return this;
  }

  /** Adds options that a function returns, so that commands share them. */
  with(options: readonly Option[]): this {
    for (const option of options) this.addOption(option);
    return this;
  }

  /** Sets what the command does; `V` has the types of its options. */
  does<V extends object>(work: Work<V>): this {
    return this.action(async () => {
      try {
        this.#root.exitCode = await work(this.opts<V>(), this.args);
      } catch (error) {
        if (error instanceof UsageError) this.error(`error: ${error.message}`);
        throw error;
      }
    });
  }

  /** Prints the message on one line, and the command that prints the help on another. */
  override error(message: string, options?: ErrorOptions): never {
    return super.error(`${message.replace('\n(', ' (')}\nHelp: ${this.path} --help`, options);
  }

  /** Commander calls it with `error` for a group without the name of a command. */
  override help(context?: HelpContext | ((text: string) => string)): never {
    if (typeof context !== 'object' || !context.error) return super.help(context as never);
    const names = this.commands.map((command) => command.name()).join(', ');
    return this.error(`error: a command is required: ${names}.`);
  }

  get #root(): CliCommand {
    return this.parent instanceof CliCommand ? this.parent.#root : this;
  }
}

/** Independent of the terminal, so that the help can be compared and searched. */
const HELP_WIDTH = 110;

/** An option whose value is one of `values`, for the help and completion only: the gateway may accept more. */
export function choiceOption(flags: string, description: string, values: readonly string[]): Option {
  const option = new Option(flags, description);
  option.argChoices = [...values];
  return option;
}

export function jsonOption(): Option {
  return new Option('--json', 'print one JSON object per line');
}

function descriptionOf({ description, argChoices }: Option): string {
  return argChoices ? `${description}: ${argChoices.join(', ')}` : description;
}
