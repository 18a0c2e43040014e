import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';

/** What a figure must be. */
export interface Target {
  readonly is: 'at most' | 'at least' | 'below';
  readonly value: number;
}

export interface Figure {
  readonly scenario: string;
  readonly measure: string;
  /** undefined: could not be measured, which misses a target. */
  readonly value: number | undefined;
  readonly unit: string;
  /** The lowest and highest of several rounds; the value is then their median. */
  readonly spread?: readonly [lowest: number, highest: number];
  /** Without one the figure is only shown. */
  readonly target?: Target;
}

export const atMost = (value: number): Target => ({ is: 'at most', value });
export const atLeast = (value: number): Target => ({ is: 'at least', value });
export const below = (value: number): Target => ({ is: 'below', value });

/** undefined without a target. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (!target) return undefined;
  if (value === undefined || Number.isNaN(value)) return false;
  switch (target.is) {
    case 'at most':
      return value <= target.value;
    case 'at least':
      return value >= target.value;
    case 'below':
      return value < target.value;
    default:
      return target.is satisfies never;
  }
}

/** Collects figures, prints each as it comes, and writes them all to a file. */
export class Report {
  readonly #figures: Figure[] = [];
  readonly #loadBefore = loadavg();

  constructor(private readonly benchmark: string) {
    print(
      `${benchmark}; load of the machine before: ${this.#loadBefore.map((each) => each.toFixed(1)).join(' ')}`,
    );
  }

  add(figure: Figure): void {
    this.#figures.push(figure);
    print(rowOf(figure));
  }

  /** Writes the file, with more beside the figures, and returns whether every target is met. */
  finish(
    file: string,
    options: Readonly<Record<string, number>>,
    more: Readonly<Record<string, unknown>> = {},
  ): boolean {
    const missed = this.#figures.filter((figure) => isMet(figure) === false);
    const figures = this.#figures.map((figure) => ({ ...figure, met: isMet(figure) ?? null }));
    const document = { benchmark: this.benchmark, options, loadBefore: this.#loadBefore, figures, ...more };
    writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
    print(missed.length === 0 ? 'all targets are met' : `${missed.length} target(s) missed`);
    print(`figures: ${file}`);
    return missed.length === 0;
  }
}

function rowOf(figure: Figure): string {
  const { scenario, measure, value, unit, target, spread } = figure;
  const met = isMet(figure);
  const cells = [
    scenario.padEnd(28),
    measure.padEnd(46),
    `${shown(value)} ${unit}`.padStart(16),
    (target ? `${target.is} ${shown(target.value)}` : '').padStart(16),
    met === undefined ? '      ' : met ? '  pass' : '  FAIL',
    spread ? `  (${spread.map(shown).join(' to ')})` : '',
  ];
  return cells.join(' ').trimEnd();
}

function shown(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return 'not measured';
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 3 : 1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
