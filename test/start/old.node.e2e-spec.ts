import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OLD = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`;

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

interface Ended {
  readonly code: unknown;
  readonly out: string;
  readonly err: string;
}

/** Runs a built program on a Node that reports another version. */
function runOld(program: string): Promise<Ended> {
  const args = ['--import', `data:text/javascript,${encodeURIComponent(OLD)}`, pathOf(`dist/${program}.js`)];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
  });
}

describe.each(['main', 'cli/main'])('dist/%s.js on a Node that is too old', (program) => {
  it('prints one line with the version that it needs', async () => {
    const { code, out, err } = await runOld(program);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^Tollgate runs on Node [\d.]+ or newer, and this is 20\.20\.2\. [^\n]+\n$/);
  });

  it('loads nothing else before', () => {
    const importsOf = (file: string) =>
      Array.from(readFileSync(pathOf(file), 'utf8').matchAll(/^import .*'(.+)';$/gm), ([, path]) => path);
    expect(importsOf(`src/${program}.ts`)).toEqual([expect.stringMatching(/config\/node\.version\.js$/)]);
    expect(importsOf('src/config/node.version.ts')).toEqual([]);
  });
});
