import { ConfigurationError, type ConfigurationIssue } from '../configuration.error.js';
import { ConfigurationReport } from '../configuration.report.js';
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
    ['a: canary\nb: 1\na: canary', 'line 3, column 1', 'repeats a key of the same mapping'],
    ['a: 1\n---\na: canary', 'line 2, column 1', 'begins a second document; one file is one document'],
    ['\ta: canary', 'line 1, column 1', 'is not valid YAML (TAB_AS_INDENT)'],
    ['a: !canary x', 'line 1, column 4', 'is not valid YAML (TAG_RESOLVE_FAILED)'],
    ['a: *canary', '(file)', expect.stringContaining('alias')],
    ['a: &canary [*canary]', '(file)', expect.stringContaining('alias')],
    [BOMB, '(file)', expect.stringContaining('alias')],
    [new Uint8Array([0x61, 0x3a, 0xff]), '(file)', 'is not UTF-8 text'],
    [new Uint8Array(SETTINGS_BYTES_MAX + 1), '(file)', `is larger than ${SETTINGS_BYTES_MAX} bytes`],
  ])('refuses %.20j and quotes none of it', (text, path, reason) => {
    const { value, errors } = read(text);
    expect(value).toBeUndefined();
    expect(errors).toEqual([{ path, reason }]);
    expect(JSON.stringify(errors)).not.toContain('canary');
  });

  it('survives nesting that is too deep to read', () => {
    expect(read('['.repeat(100_000)).errors.length).toBeGreaterThan(0);
  });
});
