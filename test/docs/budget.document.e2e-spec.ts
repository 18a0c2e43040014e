import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RefusalReason } from '../../src/upstreams/budget/budget.types.js';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/budget.md'), 'utf8');

interface Schema {
  readonly $ref?: string;
  readonly 'x-extensible-enum'?: readonly string[];
  readonly properties?: Record<string, Schema>;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

const { components } = JSON.parse(readFileSync(join(ROOT, 'src/http/openapi/openapi.json'), 'utf8')) as {
  components: { schemas: Record<string, Schema> };
};

/** The schema that is meant, behind a reference or beside null. */
function meant(schema: Schema | undefined): Schema | undefined {
  const inner = schema?.allOf?.[0] ?? schema?.anyOf?.find(({ $ref }) => $ref !== undefined) ?? schema;
  return inner?.$ref ? components.schemas[inner.$ref.split('/').at(-1)!] : inner;
}

const budget = components.schemas['UpstreamBudgetDto'];
const fieldAt = (path: string) =>
  path.split('.').reduce<Schema | undefined>((schema, name) => meant(schema?.properties?.[name]), budget);

describe('docs/budget.md', () => {
  const table = PAGE.split('| In `budgets`')[1]!.split('\n\n')[0]!;
  const firstCells = [...table.matchAll(/^\| (`[^|]*)\|/gm)].map(([, cell = '']) => cell);

  it('names fields of `budgets` that there are', () => {
    const paths = firstCells.flatMap((cell) =>
      [...cell.matchAll(/`([\w.]+)(?:: [\w-]+)?`/g)].map(([, path = '']) => path),
    );
    expect(paths.length).toBeGreaterThan(8);
    expect(paths.filter((path) => fieldAt(path) === undefined)).toEqual([]);
  });

  it('explains every mode, and every state and reason of the breaker', () => {
    const words = ['mode', 'breaker.state', 'breaker.reason'].flatMap(
      (path) => fieldAt(path)?.['x-extensible-enum'] ?? [],
    );
    expect(words.length).toBeGreaterThan(7);
    expect(words.filter((word) => !new RegExp(`[\` ]${word}\``).test(table))).toEqual([]);
  });

  it('explains every reason for a refusal', () => {
    const reasons: Record<Exclude<RefusalReason, 'cancelled'>, true> = {
      throttled: true,
      'no-time': true,
      'queue-full': true,
      'breaker-open': true,
      'no-retries': true,
    };
    expect(Object.keys(reasons).filter((reason) => !PAGE.includes(`\`${reason}\``))).toEqual([]);
  });
});
