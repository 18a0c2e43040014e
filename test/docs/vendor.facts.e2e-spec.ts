import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

const PAGE_OF_VENDOR = { SPiD: 'docs/vendors/spid.md', Import2: 'docs/vendors/import2.md' } as const;
type Vendor = keyof typeof PAGE_OF_VENDOR;

/** Where citations are written in the form that the top of the SPiD page defines. */
const CITING = ['src', 'test', 'bench', 'bin', 'docs'];

/** SQLSTATE codes such as `F0` look like a row. */
const NOT_CITING = /\/sql\.states(\.spec)?\.ts$/;

/** `F17`, but neither a percent escape such as `%E5` nor a part of a longer word. */
const ROW = /(?<![%\w])[A-G]\d{1,2}\b/g;
const CITATION = /\b(SPiD|Import2) ([A-G]\d{1,2}(?:, [A-G]\d{1,2})*)\b/g;

/** A source that readers of the repository do not have. */
const OTHER_SOURCE = /\bfacts? (?:sheet|[A-G]\b|[A-G]\d)|\bfacts\.md\b/i;

const anchorsIn = (page: string) => [...page.matchAll(/<a id="([a-z]\d+)"><\/a>/g)].map(([, id = '']) => id);

const rowsFrom = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `f${first + index}`);

async function textFiles(root: string): Promise<string[]> {
  const entries = await readdir(join(REPOSITORY, root), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && ['.ts', '.mjs', '.cjs', '.md'].includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file !== fileURLToPath(import.meta.url) && !NOT_CITING.test(file));
}

describe('docs/vendors', () => {
  const pages: Partial<Record<Vendor, string>> = {};
  const lines: { readonly at: string; readonly text: string }[] = [];

  beforeAll(async () => {
    for (const vendor of Object.keys(PAGE_OF_VENDOR) as Vendor[]) {
      pages[vendor] = await readFile(join(REPOSITORY, PAGE_OF_VENDOR[vendor]), 'utf8');
    }
    for (const file of (await Promise.all(CITING.map(textFiles))).flat()) {
      const isPage = Object.values(PAGE_OF_VENDOR).some((page) => file.endsWith(page));
      if (isPage) continue;
      const text = await readFile(file, 'utf8');
      text.split('\n').forEach((line, index) => {
        lines.push({ at: `${file.slice(REPOSITORY.length)}:${index + 1}`, text: line });
      });
    }
  });

  it('has every fact from F1 to F40, each once on a page', () => {
    const spid = anchorsIn(pages.SPiD ?? '');
    const import2 = anchorsIn(pages.Import2 ?? '');
    expect(new Set(spid).size).toBe(spid.length);
    expect(new Set(import2).size).toBe(import2.length);
    expect(spid).toEqual(expect.arrayContaining([...rowsFrom(1, 28), 'f40']));
    expect(import2).toEqual(expect.arrayContaining(['f17', ...rowsFrom(29, 39)]));
  });

  it('has an anchor for every citation', () => {
    const anchors = { SPiD: anchorsIn(pages.SPiD ?? ''), Import2: anchorsIn(pages.Import2 ?? '') };
    const cited = lines.flatMap(({ at, text }) =>
      [...text.matchAll(CITATION)].flatMap(([, vendor, rows = '']) =>
        rows.split(', ').map((row) => ({ at, vendor: vendor as Vendor, row })),
      ),
    );
    expect(cited.length).toBeGreaterThan(150);
    expect(cited.filter(({ vendor, row }) => !anchors[vendor].includes(row.toLowerCase()))).toEqual([]);
  });

  it('is cited with the name of the vendor', () => {
    const bare = lines.filter(({ text }) => text.replaceAll(CITATION, '').match(ROW));
    expect(bare).toEqual([]);
  });

  it('is the only source that is cited', () => {
    expect(lines.filter(({ text }) => OTHER_SOURCE.test(text))).toEqual([]);
  });

  it('leads only to anchors and files that exist', async () => {
    const names = new Set(
      (await Promise.all(['src', 'test'].map(textFiles))).flat().map((file) => basename(file)),
    );
    names.add(basename(fileURLToPath(import.meta.url)));
    for (const page of Object.values(pages)) {
      const files = [...page.matchAll(/`([\w.-]+\.ts)`/g)].map(([, name = '']) => name);
      expect(files.filter((name) => !names.has(name))).toEqual([]);
      const headings = [...page.matchAll(/^## (?!<)(.+)$/gm)].map(([, title = '']) => title.toLowerCase());
      const targets = new Set([
        ...[...page.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id),
        ...headings,
      ]);
      const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, id = '']) => id);
      expect(links.filter((id) => !targets.has(id))).toEqual([]);
    }
  });
});
