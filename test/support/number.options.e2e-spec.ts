import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { numberArguments, numberOptions } from './number.options.js';

const RANGES = {
  schedules: { min: 1, max: 100, default: 25 },
  from: { min: 0, max: 9, default: 3 },
};

describe('numbers on the command line of a tool', () => {
  it('are read by name, and have defaults', () => {
    expect(numberOptions(RANGES, ['--schedules', '100'])).toEqual({ schedules: 100, from: 3 });
    expect(numberOptions(RANGES, ['--from=0'])).toEqual({ schedules: 25, from: 0 });
  });

  it('are read by place', () => {
    expect(numberArguments(RANGES, ['1', '9'])).toEqual({ schedules: 1, from: 9 });
    expect(numberArguments(RANGES, [])).toEqual({ schedules: 25, from: 3 });
    expect(() => numberArguments(RANGES, ['1', '2', '3'])).toThrow('at most 2 numbers: schedules, from');
  });

  it.each(['0', '101', '2480912345', '-1', '1.5', '1e2', '', ' 1', 'many', '9'.repeat(400)])(
    'are refused with their range: %j',
    (text) => {
      const message = 'must be a whole number from 1 to 100';
      expect(() => numberOptions(RANGES, [`--schedules=${text}`])).toThrow(`--schedules ${message}`);
      expect(() => numberArguments(RANGES, [text])).toThrow(`schedules ${message}`);
    },
  );

  it('are refused all together', () => {
    expect(() => numberOptions(RANGES, ['--schedules=0', '--from=10'])).toThrow(
      '--schedules must be a whole number from 1 to 100; --from must be a whole number from 0 to 9',
    );
  });
});

/** Every tool that takes numbers, with each of them. */
const TOOLS = [
  ['test/chaos/main.ts', ['--schedules 1 100000', '--seed 1 4294967295']],
  ['test/fuzz/main.ts', ['--requests 1 10000000', '--seed 1 4294967295', '--from 0 1000000000']],
  ['bench/compare/main.ts', ['--seconds 1 60', '--rounds 1 100']],
  ['bench/ledger/main.ts', ['--seconds 1 3600', '--rounds 1 1000', '--clients 1 10000']],
] as const;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

function refusalOf(script: string, args: readonly string[]) {
  const loader = new URL('./runner/typescript.loader.mjs', import.meta.url).href;
  const { status, stderr } = spawnSync(process.execPath, ['--import', loader, script, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, stderr };
}

describe('a tool of this repository', () => {
  it.each(TOOLS)('names the range of every number: %s', (script, options) => {
    const parts = options.map((each) => each.split(' '));
    const args = parts.flatMap(([name = '']) => [name, '99999999999']);
    const messages = parts.map(([name, min, max]) => `${name} must be a whole number from ${min} to ${max}`);
    expect(refusalOf(script, args)).toEqual({ status: 2, stderr: `${messages.join('; ')}\n` });
  });

  it('names the range of every number: bench/rotation.ts', () => {
    expect(refusalOf('bench/rotation.ts', ['0', '5'])).toEqual({
      status: 2,
      stderr:
        'requests a second must be a whole number from 1 to 5000; seconds must be a whole number from 10 to 86400\n',
    });
  });
});
