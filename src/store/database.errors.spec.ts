import { isConnectionInDoubt, isUnavailable } from './database.errors.js';

const failed = (code: string | undefined, message = 'x') =>
  Object.assign(new Error(message), code ? { code } : {});

describe('an error of the database', () => {
  it.each([
    ['a refused connection', failed('ECONNREFUSED'), true, true],
    ['a broken pipe, five letters like a SQLSTATE', failed('EPIPE'), true, true],
    ['an unresolvable name', failed('ENOTFOUND'), true, true],
    ['a connection that ended', failed(undefined, 'Connection terminated unexpectedly'), true, true],
    ['a connect timeout', failed(undefined, 'timeout exceeded when trying to connect'), true, true],
    ['a query timeout', failed(undefined, 'Query read timeout'), true, true],
    ['a shutdown of the server', failed('57P01'), true, true],
    ['too many connections', failed('53300'), true, true],
    ['a full disk', failed('53100'), true, false],
    ['a read-only server', failed('25006'), true, false],
    ['a statement timeout', failed('57014'), true, false],
    ['a deadlock', failed('40P01'), true, false],
    ['a wrong password', failed('28P01'), false, false],
    ['an unknown column', failed('42703'), false, false],
    ['a broken rule of the table', failed('23505'), false, false],
    ['a mistake of ours', new TypeError('x is not a function'), false, false],
    ['a wrong argument', failed('ERR_INVALID_ARG_TYPE'), false, false],
    ['no error at all', undefined, false, false],
  ])('%s: unavailable and in doubt are told', (_, error, unavailable, inDoubt) => {
    expect([isUnavailable(error), isConnectionInDoubt(error)]).toEqual([unavailable, inDoubt]);
  });
});
