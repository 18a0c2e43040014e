import { parseArgs } from 'node:util';

/** What a number on a command line may be; both limits included. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** When it is left out. */
  readonly default: number;
}

/** Seeds are 32 bits: larger ones would repeat the plans of smaller ones. */
export const SEEDS: NumberRange = { min: 1, max: 2 ** 32 - 1, default: 1 };

/** The command line is not understood; as for `tollgate`. */
const EXIT_MISUSED = 2;

type Ranges = Readonly<Record<string, NumberRange>>;

/**
 * Reads `--name number` of a tool. @throws Error that names every wrong number with its range, and for an option that
 * is not known
 */
export function numberOptions<R extends Ranges>(
  ranges: R,
  args: string[] = process.argv.slice(2),
): Record<keyof R, number> {
  const options = Object.keys(ranges).map((name) => [name, { type: 'string' }] as const);
  const { values } = parseArgs({ args, options: Object.fromEntries(options) });
  return numbersOf(ranges, (name) => ({ called: `--${name}`, text: values[name] }));
}

/** Reads numbers by their places on the command line, in the order of `ranges`. @throws as above */
export function numberArguments<R extends Ranges>(
  ranges: R,
  args: string[] = process.argv.slice(2),
): Record<keyof R, number> {
  const names = Object.keys(ranges);
  if (args.length > names.length) throw new Error(`at most ${names.length} numbers: ${names.join(', ')}`);
  return numbersOf(ranges, (name) => ({ called: name, text: args[names.indexOf(name)] }));
}

function numbersOf<R extends Ranges>(
  ranges: R,
  given: (name: string) => { readonly called: string; readonly text: string | undefined },
): Record<keyof R, number> {
  const errors: string[] = [];
  const numbers = Object.entries(ranges).map(([name, { min, max, default: otherwise }]) => {
    const { called, text = String(otherwise) } = given(name);
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= min && number <= max))
      errors.push(`${called} must be a whole number from ${min} to ${max}`);
    return [name, number];
  });
  if (errors.length > 0) throw new Error(errors.join('; '));
  return Object.fromEntries(numbers) as Record<keyof R, number>;
}

/** Ends the process with the text of what was thrown. */
export function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(EXIT_MISUSED);
  }
}
