import {
  anything,
  array,
  asyncProperty,
  assert,
  constantFrom,
  dictionary,
  letrec,
  oneof,
  string,
} from 'fast-check';
import { sql } from 'kysely';
import { jsonbText } from '../../../src/ledger/operation.rows.js';
import type { Database } from '../../../src/store/database/database.js';

/** Strings that JavaScript and PostgreSQL treat differently, and what they become, so that member names collide. */
const UNITS = ['\0', '\ud83d', '\udca9', '\ud83d\udca9', '\uFFFD', 'a', ' (2)', '"'] as const;
const textsOf = (...units: readonly string[]) =>
  oneof(
    string({ unit: constantFrom(...units), maxLength: 4 }),
    constantFrom('__proto__', 'constructor', 'toJSON '),
  );
const texts = textsOf(...UNITS, '\\');
/** Without backslashes: JSON.parse of Node 24.21 was seen to lose a member `"` beside a member `\`, which were stored. */
const names = textsOf(...UNITS);

const { value: json } = letrec((tie) => ({
  value: oneof(
    { depthSize: 'small', withCrossShrink: true },
    texts,
    anything({ maxDepth: 0, values: [constantFrom(null, true, 0, -1.5, 1e300)] }),
    array(tie('value'), { maxLength: 4 }),
    dictionary(names, tie('value'), { maxKeys: 6 }),
  ),
}));

/** Non-JSON values are omitted or become null, as in `JSON.stringify`. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null');

const membersIn = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce<number>((sum, each) => sum + 1 + membersIn(each), 0)
    : 0;

/** JSON values of any shape, on any database. */
export function describeJsonValues(open: () => Database): void {
  const stored = async (value: unknown): Promise<unknown> => {
    const { rows } = await open().run((db) =>
      sql<{ value: unknown }>`select ${jsonbText([value])}::jsonb as value`.execute(db),
    );
    return (rows[0]!.value as unknown[])[0];
  };

  describe('a JSON value of any shape', () => {
    it('is stored with all members, and a stored value is stored unchanged', async () => {
      await assert(
        asyncProperty(json, async (value) => {
          const given = plain(value);
          const once = await stored(given);
          expect(membersIn(once)).toBe(membersIn(given));
          expect(JSON.stringify(once)).not.toMatch(/\\u0000|\\ud[89a-f]/);
          expect(await stored(once)).toEqual(once);
        }),
        { numRuns: 300 },
      );
    });

    it('is stored at any depth', async () => {
      const deep = JSON.parse(`${'{"\\u0000":['.repeat(20_000)}${']}'.repeat(20_000)}`) as unknown;
      expect(JSON.stringify(await stored(deep))).toContain('nested too deeply');
    });
  });
}
