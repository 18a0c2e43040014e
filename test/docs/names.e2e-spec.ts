import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

const SOURCES = globSync('{src,test,bench,clients}/**/*.ts', {
  cwd: ROOT,
  // The package of callers in TypeScript is a program of its own.
  exclude: ['**/node_modules/**', '**/.generated/**', 'clients/typescript/**', '**/*.d.ts'],
});

/** Programs that share no code with the gateway, or are run on their own, may have words of their own. */
const PROGRAMS = ['src/simulators/', 'src/', 'test/', 'bench/', 'clients/'];

const programOf = (file: string): string => PROGRAMS.find((program) => file.startsWith(program)) ?? '';

const EXPORTED =
  /^export (?:abstract |async )?(?:const|let|function|class|interface|type|enum) ([A-Za-z0-9_$]+)/gm;

/** The keys under which there is more than one value, with these. */
const repeated = <T>(items: readonly T[], keyOf: (item: T) => string) =>
  [...Map.groupBy(items, (item) => keyOf(item))].filter(([, group]) => group.length > 1);

describe('a name', () => {
  it('is exported by one file of a program', () => {
    const names = SOURCES.flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      return [...new Set(Array.from(text.matchAll(EXPORTED), ([, name = '']) => name))].map((name) => ({
        name,
        file,
      }));
    });
    expect(names.length).toBeGreaterThan(1_000);
    expect(repeated(names, ({ name, file }) => `${programOf(file)} ${name}`)).toEqual([]);
  });

  it('is that of one file, but for main.ts', () => {
    const files = SOURCES.filter((file) => basename(file) !== 'main.ts');
    expect(files.length).toBeGreaterThan(500);
    expect(repeated(files, (file) => basename(file))).toEqual([]);
  });

  it('of a file in a document is that of a file that is there', () => {
    const there = new Set(
      globSync('**/*.{ts,mjs}', { cwd: ROOT, exclude: ['**/node_modules/**'] }).map((path) => basename(path)),
    );
    const documents = globSync('{README.md,docs/**/*.md}', { cwd: ROOT });
    const named = documents.flatMap((document) =>
      Array.from(
        readFileSync(join(ROOT, document), 'utf8').matchAll(/`([\w./-]*\.(?:ts|mjs))`/g),
        ([, path = '']) => `${document}: ${basename(path)}`,
      ),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((each) => !there.has(each.split(': ')[1] ?? ''))).toEqual([]);
  });
});

describe('a link in a document', () => {
  const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

  /** As GitHub makes them of headings, and those that are set. */
  const anchorsOf = (path: string): string[] => [
    ...Array.from(textOf(path).matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
    ...Array.from(textOf(path).matchAll(/<a id="([^"]+)">/g), ([, id = '']) => id),
  ];

  it('leads to a file, and to a heading of it, that are there', () => {
    const links = globSync('{README.md,docs/**/*.md}', { cwd: ROOT }).flatMap((page) =>
      Array.from(textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g), (match) => {
        const [, path = '', anchor] = match;
        return { page, target: path === '' ? page : join(dirname(page), path), anchor };
      }),
    );
    expect(links.length).toBeGreaterThan(150);
    const broken = links.filter(
      ({ target, anchor }) =>
        !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor)),
    );
    expect(broken).toEqual([]);
  });
});
