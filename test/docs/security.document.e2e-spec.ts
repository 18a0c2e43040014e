import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const TEXT = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8');

describe('docs/security.md', () => {
  it('names tests that exist', () => {
    const tests = new Set([...TEXT.matchAll(/`((?:test|src)\/[^`]+)`/g)].map(([, path]) => path ?? ''));
    expect(tests.size).toBeGreaterThan(15);
    expect([...tests].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect([...tests].filter((path) => !/\.(e2e-|server-)?spec\.ts$/.test(path))).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const runs = [...TEXT.matchAll(/`npm run ([\w:]+)/g)].map(([, name]) => name ?? '');
    expect(runs).not.toEqual([]);
    expect(runs.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('covers the ten OWASP points, each with its tests', () => {
    const points = TEXT.split(/^### /m).slice(1);
    expect(points.map((point) => point.split(' ')[0])).toEqual(
      Array.from({ length: 10 }, (_, at) => `API${at + 1}`),
    );
    expect(points.filter((point) => !point.includes('Tested by'))).toEqual([]);
  });
});
