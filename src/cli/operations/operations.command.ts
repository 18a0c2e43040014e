import { CliCommand } from '../cli.command.js';
import type { Terminal } from '../terminal.js';
import { listCommand } from './operations.list.command.js';
import { probeCommand } from './operations.probe.command.js';
import { resolveCommand } from './operations.resolve.command.js';
import { showCommand } from './operations.show.command.js';
import { summaryCommand } from './operations.summary.command.js';

export function operationsCommand(terminal: Terminal): CliCommand {
  return new CliCommand('operations', terminal)
    .description('operations of a running gateway: what was written, and what became of it')
    .addCommands(
      listCommand(terminal),
      showCommand(terminal),
      summaryCommand(terminal),
      probeCommand(terminal),
      resolveCommand(terminal),
    );
}
