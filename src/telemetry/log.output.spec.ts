import { mock } from 'node:test';
import { BACKLOG_CHARS_MAX, BATCH_CHARS, BATCH_MS, LogOutput } from './log.output.js';
import { createLogger } from './logger.js';

const failure = (code: string) => Object.assign(new Error(code), { code });

describe('LogOutput', () => {
  let written: string[];
  /** Thrown by each write while it is set. */
  let failing: Error | undefined;
  let attempts: number;
  let output: LogOutput;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    written = [];
    failing = undefined;
    attempts = 0;
    output = new LogOutput((bytes) => {
      attempts += 1;
      if (failing) throw failing;
      return written.push(Buffer.from(bytes).toString()) && bytes.length;
    });
  });

  afterEach(() => {
    mock.timers.reset();
  });

  it('writes every line at once until batches start', () => {
    output.write('a\n');
    output.write('b\n');
    expect(written).toEqual(['a\n', 'b\n']);
  });

  it('writes the lines of BATCH_MS together, counted from the first', () => {
    output.startBatches();
    output.write('a\n');
    mock.timers.tick(BATCH_MS - 1);
    output.write('b\n');
    expect(written).toEqual([]);
    mock.timers.tick(1);
    expect(written).toEqual(['a\nb\n']);
    output.write('c\n');
    mock.timers.tick(BATCH_MS);
    expect(written).toEqual(['a\nb\n', 'c\n']);
  });

  it('has no more than BATCH_CHARS in memory while the reader keeps up', () => {
    output.startBatches();
    const line = `${'x'.repeat(999)}\n`;
    for (let at = 0; at < 17; at += 1) output.write(line);
    expect(written.join('').length).toBe(17 * 1_000);
    expect(written.length).toBe(1);
    expect(BATCH_CHARS).toBeLessThanOrEqual(17 * 1_000);
  });

  it.each(['error', 'fatal'] as const)('writes %s at once, with the lines before it', (level) => {
    const logger = createLogger('info', output);
    output.startBatches();
    logger.warn('before');
    expect(written).toEqual([]);
    logger[level]('trouble');
    expect(written.join('')).toMatch(/"before".*\n.*"trouble".*\n$/);
    logger.info('after');
    expect(written.join('')).not.toContain('after');
  });

  it('writes what waits at the end, and every later line at once', () => {
    output.startBatches();
    output.write('a\n');
    output.end();
    output.write('b\n');
    expect(written).toEqual(['a\n', 'b\n']);
  });

  it('keeps lines in order while the pipe is full, and tries again by itself', () => {
    output.startBatches();
    failing = failure('EAGAIN');
    output.write('a\n');
    mock.timers.tick(BATCH_MS);
    createLogger('info', output).error('b');
    expect(attempts).toBe(1);
    mock.timers.tick(1_000);
    expect(written).toEqual([]);
    failing = undefined;
    mock.timers.tick(10);
    expect(written.join('')).toMatch(/^a\n\{.*"b".*\}\n$/);
    expect(output.dropped).toBe(0);
  });

  it('goes on with the rest of a line that was written in part', () => {
    output = new LogOutput(
      (bytes) => written.push(Buffer.from(bytes.subarray(0, 3)).toString()) && Math.min(3, bytes.length),
    );
    output.write('äbcdefg\n');
    expect(written.join('')).toBe('äbcdefg\n');
  });

  it('drops lines beyond BACKLOG_CHARS_MAX, counts them, and reports them in their place', () => {
    failing = failure('EAGAIN');
    const line = `${'x'.repeat(999_999)}\n`;
    const fitting = Math.floor(BACKLOG_CHARS_MAX / line.length);
    output.write('first\n');
    for (let at = 0; at < fitting + 2; at += 1) output.write(line);
    expect(output.dropped).toBe(2);
    failing = undefined;
    mock.timers.tick(10);
    output.write('last\n');
    expect(output.dropped).toBe(2);
    const lines = written.join('').split('\n');
    expect(lines.length).toBe(1 + fitting + 2 + 1);
    expect(JSON.parse(lines.at(-3) ?? '')).toEqual({
      level: 'warn',
      time: expect.any(String),
      context: 'LogOutput',
      msg: '2 line(s) were dropped: what reads the log is too slow',
    });
    expect(lines.at(-2)).toBe('last');
  });

  it('drops everything once the reader is gone, and throws nothing', () => {
    failing = failure('EPIPE');
    output.write('a\n');
    failing = undefined;
    output.write('b\n');
    output.end();
    mock.timers.tick(10_000);
    expect({ written, dropped: output.dropped }).toEqual({ written: [], dropped: 2 });
  });

  it('tries a full disk again', () => {
    failing = failure('ENOSPC');
    output.write('a\n');
    failing = undefined;
    mock.timers.tick(999);
    expect(written).toEqual([]);
    mock.timers.tick(1);
    expect(written).toEqual(['a\n']);
  });

  it('ends, even if the reader never catches up', () => {
    output.startBatches();
    failing = failure('EAGAIN');
    output.write('a\n');
    output.end();
    expect(written).toEqual([]);
  });
});
