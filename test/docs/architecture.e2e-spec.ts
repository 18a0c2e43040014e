import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { OPERATION_STATES, type OperationEvent, transition } from '../../src/ledger/operation.state.js';

const EVENTS = {
  claim: true,
  prepare: true,
  send: true,
  'already-so': true,
  lapse: true,
  succeed: true,
  fail: true,
  release: true,
  lose: true,
  expire: true,
  'decide-executed': true,
  'decide-not-executed': true,
} satisfies Record<OperationEvent, true>;

const ROOT = join(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

const FOLDERS = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

/** The files directly in `src` start the process and assemble the modules: one box of the picture. */
const boxOf = (path: string): string => (path.includes(sep) ? (path.split(sep)[0] ?? '') : 'main');

/** Arrows of the picture, `a --> b` and `a & b --> c & d`; dotted ones leave the process. */
function drawnArrows(): Set<string> {
  const picture = /```mermaid\n([\s\S]*?)```/.exec(README)?.[1] ?? '';
  const lines = picture.split('\n').flatMap((line) => {
    const [from, to] = line.split('-->');
    return from === undefined || to === undefined ? [] : [[boxesOf(from), boxesOf(to)] as const];
  });
  return new Set(
    lines.flatMap(([from, to]) => from.flatMap((one) => to.map((other) => `${one} -> ${other}`))),
  );
}

/** `http["http: …"] & cli` are `http` and `cli`. */
const boxesOf = (side: string): string[] =>
  side.split('&').map((each) => each.trim().replace(/[[({].*$/s, ''));

/** Imports between two folders of `src`, tests left out. */
function importedArrows(): Set<string> {
  const files = globSync('**/*.ts', { cwd: join(ROOT, 'src') }).filter((file) => !file.endsWith('.spec.ts'));
  const arrows = files.flatMap((file) => {
    const source = readFileSync(join(ROOT, 'src', file), 'utf8');
    const imports = [...source.matchAll(/(?:from|import\() ?'(\.[^']*)'|^import '(\.[^']*)'/gm)];
    return imports.map(([, from = '', only = '']) => {
      const target = normalize(join(dirname(file), from || only));
      return `${boxOf(file)} -> ${boxOf(target)}`;
    });
  });
  return new Set(arrows.filter((arrow) => new Set(arrow.split(' -> ')).size === 2));
}

/** Everything that can be reached from a box along the arrows. */
function reachedFrom(box: string, arrows: ReadonlySet<string>, seen = new Set<string>()): Set<string> {
  for (const arrow of arrows) {
    const [from, to = ''] = arrow.split(' -> ');
    if (from !== box || seen.has(to)) continue;
    seen.add(to);
    reachedFrom(to, arrows, seen);
  }
  return seen;
}

describe('the picture of the architecture in README.md', () => {
  const drawn = drawnArrows();
  const imported = importedArrows();

  it('draws no arrow without an import', () => {
    expect(drawn.size).toBeGreaterThan(FOLDERS.length);
    expect([...drawn].filter((arrow) => !imported.has(arrow))).toEqual([]);
  });

  it('leads from each folder to every folder that it imports', () => {
    const missing = [...imported].filter((arrow) => {
      const [from = '', to = ''] = arrow.split(' -> ');
      return !reachedFrom(from, drawn).has(to);
    });
    expect(missing).toEqual([]);
  });

  it('has no cycle', () => {
    const boxes = ['main', ...FOLDERS];
    expect(boxes.filter((box) => reachedFrom(box, drawn).has(box))).toEqual([]);
  });
});

describe('the list of folders in README.md', () => {
  it('names every folder of src, and of the repository', () => {
    const listed = new Set([...README.matchAll(/^(?:src\/)?([\w-]+)\/(?= |$)/gm)].map(([, name]) => name));
    const top = ['test', 'bench', 'clients', 'docs', 'bin', 'deploy'];
    expect([...FOLDERS, ...top].filter((name) => !listed.has(name))).toEqual([]);
  });

  it('has at most 150 lines around it', () => {
    expect(README.split('\n').length - 1).toBeLessThanOrEqual(150);
  });

  it('names nothing that is not there', () => {
    const paths = [...README.matchAll(/\]\(((?:src|docs|test|bench|deploy|bin)\/[^)#]*)/g)].map(
      ([, path = '']) => path,
    );
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => globSync(path, { cwd: ROOT }).length === 0)).toEqual([]);
  });
});

describe('a folder', () => {
  it('has at most 20 files of its own, unit tests beside them not counted', () => {
    const files = globSync('{src,test,bench,clients}/**/*.{ts,mjs,cjs,lua}', {
      cwd: ROOT,
      exclude: ['**/*.spec.ts', '**/node_modules/**', '**/.generated/**', 'clients/typescript/**'],
    });
    const counts = Map.groupBy(files, (file) => dirname(file));
    expect(counts.size).toBeGreaterThan(80);
    expect([...counts].flatMap(([folder, own]) => (own.length > 20 ? [folder] : []))).toEqual([]);
  });
});

describe('the code of a gateway', () => {
  it('imports no package that a production installation leaves out, but for types', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const files = globSync('src/**/*.ts', { cwd: ROOT, exclude: ['**/*.spec.ts'] });
    const imported = files.flatMap((file) =>
      Array.from(
        readFileSync(join(ROOT, file), 'utf8').matchAll(
          /^(?:import|export)(?! type)[^;']* from '((?:@[\w-]+\/)?[\w-]+)/gm,
        ),
        ([, name = '']) => name,
      ),
    );
    expect(imported.length).toBeGreaterThan(200);
    expect(imported.filter((name) => name !== 'node' && !Object.hasOwn(dependencies, name))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

  it('draws the transitions of an operation as the ledger has them', () => {
    const diagram = /stateDiagram-v2\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const drawn = [...diagram.matchAll(/(\S+) --> (\w+): (\S+)/g)].map(
      ([, from, to, event]) => `${from} ${event} ${to}`,
    );
    const states = [undefined, ...OPERATION_STATES];
    const real = states.flatMap((state) =>
      (Object.keys(EVENTS) as OperationEvent[]).flatMap((event) => {
        const next = transition(state, event);
        return next === undefined ? [] : [`${state ?? '[*]'} ${event} ${next}`];
      }),
    );
    expect(drawn.toSorted()).toEqual(real.toSorted());
  });

  it('names only files that are there', () => {
    const linked = [...page.matchAll(/\]\(([^)#]+)/g)].map(([, path = '']) => join('docs', path));
    const quoted = [...page.matchAll(/`((?:http|ledger|upstreams|vouchers|reconciliation)\/[\w/.-]+)`/g)];
    const paths = [...linked, ...quoted.map(([, path = '']) => `src/${path}`)];
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => globSync(path, { cwd: ROOT }).length === 0)).toEqual([]);
  });
});
