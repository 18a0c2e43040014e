import { parseArgs } from 'node:util';
import { numberOptions, type NumberRange } from '../../test/support/number.options.js';

/** `--only a,b` beside numbers. @throws Error that names what is not known, or a wrong number with its range */
export function optionsWithNames<R extends Readonly<Record<string, NumberRange>>>(
  names: readonly string[],
  ranges: R,
  args: readonly string[] = process.argv.slice(2),
): { readonly only: readonly string[]; readonly numbers: Record<keyof R, number> } {
  const at = args.findIndex((each) => each === '--only' || each.startsWith('--only='));
  if (at < 0) return { only: names, numbers: numberOptions(ranges, [...args]) };
  const length = args[at] === '--only' ? 2 : 1;
  const own = args.slice(at, at + length);
  const { values } = parseArgs({ args: [...own], options: { only: { type: 'string' } } });
  const only = (values.only ?? '').split(',');
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: there are ${names.join(', ')}`);
  return { only, numbers: numberOptions(ranges, [...args.slice(0, at), ...args.slice(at + length)]) };
}
