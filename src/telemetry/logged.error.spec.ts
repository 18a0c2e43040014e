import { createLogger, GatewayLogger } from './logger.js';
import { reasonOf } from './logged.error.js';

const refused = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });

describe('reasonOf', () => {
  it.each([
    ['a message', new Error('no response'), 'no response'],
    ['the causes, which add something', new Error('lost', { cause: new Error('reset') }), 'lost: reset'],
    ['no message twice', new Error('lost: reset', { cause: new Error('reset') }), 'lost: reset'],
    [
      'no part twice',
      new Error('a: no token: reset', { cause: new Error('a: reset') }),
      'a: no token: reset',
    ],
    ['the parts that are new', new Error('a: lost', { cause: new Error('a: reset') }), 'a: lost: reset'],
    [
      'no message for a code that is in words already',
      new Error('it was closed (UND_ERR_SOCKET)', {
        cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
      }),
      'it was closed (UND_ERR_SOCKET)',
    ],
    [
      'a code where there is no message',
      new Error('no connection', { cause: refused }),
      'no connection: ECONNREFUSED',
    ],
    ['a name where there is neither', new RangeError(''), 'RangeError'],
    ['one line', new Error('a\n  b'), 'a b'],
    ['what is no error', 'thrown text', 'not an error'],
  ])('is %s', (_what, error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });

  it('ends, also for a long message and for an error that is its own cause', () => {
    expect(reasonOf(new Error('x'.repeat(5_000)))).toBe(`${'x'.repeat(299)}…`);
    const endless = new Error('endless');
    endless.cause = endless;
    expect(reasonOf(endless)).toBe('endless');
  });
});

describe('a line of GatewayLogger with a cause', () => {
  const lineAt = (level: string) => {
    const lines: string[] = [];
    const logger = new GatewayLogger(createLogger(level, { write: (line) => void lines.push(line) }));
    const cause = new RangeError('gone', { cause: refused });
    logger.error({ operation: '1', cause }, 'not recorded', 'Ledger');
    expect(lines).toHaveLength(1);
    return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  };
  const short = {
    level: 'error',
    context: 'Ledger',
    operation: '1',
    reason: 'gone: ECONNREFUSED',
    msg: 'not recorded',
  };

  it('has the reason and no stack', () => {
    expect(lineAt('info')).toEqual({ ...short, time: expect.any(String) });
  });

  it('has the stacks of all causes at level debug', () => {
    const err = {
      name: 'RangeError',
      stack: expect.stringContaining('    at '),
      cause: { name: 'AggregateError', code: 'ECONNREFUSED', stack: expect.any(String) },
    };
    expect(lineAt('debug')).toMatchObject({ ...short, err });
  });
});
