import { ConfigurationError, type ConfigurationIssue } from '../errors/configuration.error.js';
import { ConfigurationReport } from '../errors/configuration.report.js';
import { readYaml, SETTINGS_BYTES_MAX } from './settings.yaml.js';

function read(text: string | Uint8Array): { value: unknown; errors: readonly ConfigurationIssue[] } {
  const report = new ConfigurationReport();
  const value = readYaml(typeof text === 'string' ? Buffer.from(text) : text, report);
  try {
    report.throwErrors('file');
  } catch (error) {
    return { value, errors: (error as ConfigurationError).issues };
  }
  return { value, errors: [] };
}

const BOMB = [
  'a: &a [canary, canary, canary, canary, canary, canary, canary, canary, canary]',
  ...Array.from('bcdefghi', (name, at) => `${name}: &${name} [${`*${'abcdefgh'[at]}, `.repeat(9)}]`),
].join('\n');

describe('readYaml', () => {
  it('reads plain data, aliases included', () => {
    expect(read('a: &x [1, "two"]\nb: *x')).toEqual({ value: { a: [1, 'two'], b: [1, 'two'] }, errors: [] });
  });

  it.each([
    [
      'a: canary\nb: 1\na: canary',
      'line 3, column 1',
      'repeats a, which is at line 1 already; remove one of the two',
    ],
    [
      'a: [{ x: 1, canary of words: 1, canary of words: 2 }]',
      'line 1, column 33',
      'repeats a[0].(odd key), which is at line 1 already; remove one of the two',
    ],
    ['a: 1\na: 1\n\tb: canary', 'line 3, column 1', expect.stringContaining('tab')],
    ['a: [*]', 'line 1, column 5', expect.stringContaining('in quotes')],
    ['a: "\\canary"', 'line 1, column 5', expect.stringContaining('single quotes')],
    ['a: 1\n---\na: canary', 'line 2, column 1', 'begins a second document; one file is one document'],
    ['\ta: canary', 'line 1, column 1', 'is indented with a tab; YAML is indented with spaces only'],
    ['a:\n\t- b: canary\n\t  c: 1\n\td: 1', 'line 2, column 1', expect.stringContaining('tab')],
    [
      'a:\n  b: canary\n c: 1\n  d: 1\n  e: 1',
      'line 3, column 2',
      expect.stringContaining('not indented as'),
    ],
    ['a:\n  - b: canary\n  c: 1', 'line 3, column 3', expect.stringContaining('not indented as')],
    [
      'a:\n  - b: canary\n    c\n      d: 1\n      e: 1',
      'line 3, column 5',
      expect.stringContaining("lacks ': '"),
    ],
    ['a: canary: 1', 'line 1, column 4', expect.stringContaining("has ': ' inside a value")],
    ['a: @canary', 'line 1, column 4', expect.stringContaining('in quotes')],
    ['a: { b: canary\nc: 1', 'line 2, column 1', expect.stringContaining('not closed')],
    ["a: 'canary", 'line 1, column 11', expect.stringContaining('lacks a quote')],
    [' a: canary\nb: 1', 'line 2, column 1', expect.stringContaining('check the indentation')],
    ['a: !canary x', 'line 1, column 4', expect.stringContaining('in quotes')],
    ['a: *canary', 'line 1, column 4', expect.stringContaining('not above it')],
    ['b: 1\na: [*canary, &canary c]', 'line 2, column 5', expect.stringContaining('not above it')],
    ['a: &canary [*canary]', 'line 1, column 13', expect.stringContaining('within its own anchor')],
    [BOMB, '(file)', 'unfolds more than 100 aliases'],
    [new Uint8Array([0x61, 0x3a, 0xff]), '(file)', 'is not UTF-8 text'],
    [new Uint8Array(SETTINGS_BYTES_MAX + 1), '(file)', `is larger than ${SETTINGS_BYTES_MAX} bytes`],
  ])('refuses %.20j and quotes none of it', (text, path, reason) => {
    const { value, errors } = read(text);
    expect(value).toBeUndefined();
    expect(errors).toEqual([{ path, reason }]);
    expect(JSON.stringify(errors)).not.toContain('canary');
  });

  it('names a repeated key by its setting and whose it is', () => {
    const callers = 'callers:\n  - name: shop\n    limit:\n      burst: 1\n      burst: 2\n';
    expect(read(callers).errors).toEqual([
      {
        path: 'line 5, column 7',
        reason:
          'repeats callers[0].limit.burst (caller shop), which is at line 4 already; remove one of the two',
      },
    ]);
  });

  it('reports every repeated key', () => {
    expect(read('a: 1\na: 2\nb:\n  c: 1\n  c: 2').errors.map(({ path }) => path)).toEqual([
      'line 2, column 1',
      'line 5, column 3',
    ]);
  });

  it.each([
    ['a: { b: [1, 010] }', 'a.b[1]', 'decimal'],
    ['a: -007', 'a', 'decimal'],
    ['a: 0o10', 'a', 'octal'],
    ['a: 0x1F', 'a', 'hexadecimal'],
    [`${'x: 1\n'.replaceAll('x', 'k')}${'# \n'.repeat(10_000)}a: 08`, 'a', 'decimal'],
  ])('warns of the number in %.20j', (text, path, base) => {
    const report = new ConfigurationReport();
    expect(readYaml(Buffer.from(text), report)).toBeDefined();
    expect(report.warnings).toEqual([{ path, reason: expect.stringContaining(`is read as ${base}`) }]);
  });

  it.each(["a: '010'", 'a: 0', 'a: 0.5', 'a: 2026-01-02', 'a: 0a1b', '# 010\na: 1', '010: a'])(
    'does not warn of %j',
    (text) => {
      const report = new ConfigurationReport();
      readYaml(Buffer.from(text), report);
      expect(report.warnings).toEqual([]);
    },
  );

  it('survives nesting that is too deep to read', () => {
    expect(read('['.repeat(100_000)).errors.length).toBeGreaterThan(0);
  });
});
