import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { PROBLEMS } from '../../src/http/problems/problem.types.js';
import { type Block, blocksOf, regionsOf, withBlocks } from './callers.page.js';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/callers.md');

const page = readFileSync(PAGE, 'utf8');
const blocks = blocksOf(page);

const regionsIn = (file: string) => regionsOf(readFileSync(join(ROOT, file), 'utf8'));

function codeOf({ file, regions }: Block): string {
  const found = regionsIn(file);
  return regions
    .map((name) => {
      const code = found.get(name);
      if (code === undefined) throw new Error(`${file} has no region ${name}`);
      return code;
    })
    .join('\n\n');
}

describe('docs/callers.md', () => {
  it('has the code of the scenario programs (UPDATE_CALLERS=1 writes it)', async () => {
    const options = { ...(await resolveConfig(PAGE)), filepath: PAGE };
    const expected = await format(withBlocks(page, codeOf), options);
    if (process.env['UPDATE_CALLERS']) writeFileSync(PAGE, expected);
    expect(readFileSync(PAGE, 'utf8')).toBe(expected);
  });

  it('has one block in each language, and no code that no program has', () => {
    const languages = blocks.map(({ language }) => language);
    expect(languages).toEqual(['go', 'java', 'python', 'typescript']);
    expect(
      [...page.matchAll(/^ *(?:```|~~~)(?!json$)(\w*)$/gm)].map(([, word]) => word).filter(Boolean),
    ).toEqual(languages);
  });

  it.each(blocks)('has every region that $file marks', ({ file, regions }) => {
    expect([...regionsIn(file).keys()].toSorted()).toEqual(regions.toSorted());
  });

  it('has one row for each problem, with its status', () => {
    const [, table = ''] = page.split('## You got this, do that\n');
    const rows = [...table.matchAll(/^\| `([\w-]+)` +\| (\d{3}) +\| (.+) \|$/gm)];
    expect(rows.map(([, slug, status]) => [slug, Number(status)])).toEqual(
      Object.entries(PROBLEMS).map(([slug, { status }]) => [slug, status]),
    );
    expect(rows.filter(([, , , advice = '']) => advice.trim() === '')).toEqual([]);
  });
});
