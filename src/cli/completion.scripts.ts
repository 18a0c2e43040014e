import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/** What can follow the words of one command. */
interface Place {
  /** Names of the commands that lead to it, without the program: `operations list`; empty for the program. */
  readonly path: string;
  readonly commands: readonly Described[];
  readonly flags: readonly Flag[];
  /** Values of its first operand. */
  readonly operands: readonly string[];
  /** Its operand is a file. */
  readonly takesFile: boolean;
}

interface Described {
  readonly name: string;
  readonly description: string;
}

interface Flag extends Described {
  readonly value: 'none' | 'file' | 'text' | readonly string[];
}

/** Made from the tree of commands, so that it cannot differ from it. The script starts no process. */
export function completionScript(shell: Shell, program: Command): string {
  const places = placesOf(program, '');
  switch (shell) {
    case 'bash':
      return bashScript(places);
    case 'zsh':
      return `#compdef tollgate\nautoload -Uz bashcompinit compinit\n(( \${+functions[compdef]} )) || compinit\nbashcompinit\n${bashScript(places)}`;
    case 'fish':
      return fishScript(places);
    default:
      return shell satisfies never;
  }
}

function placesOf(command: Command, path: string): readonly Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((each) => each.name() !== 'help');
  const [operand] = command.registeredArguments;
  const place: Place = {
    path,
    commands: commands.map((each) => ({ name: each.name(), description: each.description() })),
    flags: help.visibleOptions(command).flatMap(flagsOf),
    operands: operand?.argChoices ?? [],
    takesFile: operand?.name() === 'file',
  };
  return [place, ...commands.flatMap((each) => placesOf(each, `${path} ${each.name()}`.trim()))];
}

/** An option with two long names has both. */
function flagsOf(option: Option): readonly Flag[] {
  const names = [option.short, option.long].filter((name) => name?.startsWith('--') === true);
  return names.map((name = '') => ({ name, description: option.description, value: valueOf(option) }));
}

function valueOf({ argChoices, flags, required, optional }: Option): Flag['value'] {
  if (argChoices) return argChoices;
  if (!required && !optional) return 'none';
  return flags.endsWith('<file>') ? 'file' : 'text';
}

function bashScript(places: readonly Place[]): string {
  return `_tollgate() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} place='' word index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case "\${place:+$place }$word" in
${casePattern(places.map(({ path }) => path).filter((path) => path !== ''))}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place $previous" in
${places.flatMap(bashValues).join('\n')}
  esac
  case "$place" in
${places.map(bashWords).join('\n')}
  esac
}
complete -F _tollgate tollgate
`;
}

function casePattern(words: readonly string[]): string {
  return `      ${words.map((word) => `'${word}'`).join('|')}`;
}

function bashValues({ path, flags }: Place): readonly string[] {
  return flags.flatMap(({ name, value }) => {
    if (value === 'none') return [];
    const pattern = `    '${path} ${name}')`;
    if (value === 'text') return [`${pattern} return ;;`];
    const made = value === 'file' ? '-f' : `-W '${value.join(' ')}'`;
    return [`${pattern} COMPREPLY=($(compgen ${made} -- "$current")); return ;;`];
  });
}

function bashWords({ path, commands, flags, operands, takesFile }: Place): string {
  const words = [...commands, ...flags].map(({ name }) => name).concat(operands);
  const files = takesFile ? '-f ' : '';
  return `    '${path}') COMPREPLY=($(compgen ${files}-W '${words.join(' ')}' -- "$current")) ;;`;
}

function fishScript(places: readonly Place[]): string {
  const known = places.map(({ path }) => path).filter((path) => path !== '');
  return `function __tollgate_at
  set -l place
  for word in (commandline -opc)[2..]
    if contains -- (string trim -- "$place $word") ${known.map((path) => `'${path}'`).join(' ')}
      set -a place $word
    end
  end
  test "$place" = "$argv"
end
complete -c tollgate -f
${places.flatMap(fishLines).join('\n')}
`;
}

function fishLines({ path, commands, flags, operands, takesFile }: Place): readonly string[] {
  const at = `complete -c tollgate -n ${fishQuoted(`__tollgate_at ${path}`.trim())}`;
  return [
    ...commands.map(({ name, description }) => `${at} -a ${name} -d ${fishQuoted(description)}`),
    ...operands.map((operand) => `${at} -a ${operand}`),
    ...(takesFile ? [`${at} -F`] : []),
    ...flags.map(
      (flag) => `${at} -l ${flag.name.slice(2)}${fishValue(flag)} -d ${fishQuoted(flag.description)}`,
    ),
  ];
}

function fishValue({ value }: Flag): string {
  if (value === 'none') return '';
  if (value === 'text') return ' -x';
  return value === 'file' ? ' -r -F' : ` -x -a ${fishQuoted(value.join(' '))}`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/['\\\\]/g, String.raw`\$&`)}'`;
}
