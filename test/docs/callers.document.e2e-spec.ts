import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { PROBLEMS } from '../../src/http/problems/problem.types.js';
import { type Block, blocksOf, regionsOf, withBlocks } from './callers.page.js';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = ['docs/callers.md', 'clients/typescript/README.md'];

const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = textOf('docs/callers.md');
const blocks = blocksOf(page);

const regionsIn = (file: string) => regionsOf(textOf(file));

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

describe.each(PAGES)('%s', (path) => {
  it('has the code of the scenario programs (UPDATE_CALLERS=1 writes it)', async () => {
    const file = join(ROOT, path);
    const options = { ...(await resolveConfig(file)), filepath: file };
    const expected = await format(withBlocks(textOf(path), codeOf), options);
    if (process.env['UPDATE_CALLERS']) writeFileSync(file, expected);
    expect(blocksOf(expected)).not.toEqual([]);
    expect(textOf(path)).toBe(expected);
  });
});

describe('docs/callers.md', () => {
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
