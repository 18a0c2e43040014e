import { ConnectionsBusyError, IndexMissingError, NoResponseError } from './database.errors.js';
import { failureOf, stopsStart } from './database.failure.js';

const failed = (code: string | undefined, message = 'x') =>
  Object.assign(new Error(message), code ? { code } : {});

describe('an error of the database', () => {
  it.each([
    ['a refused connection', failed('ECONNREFUSED'), true, 'at_once', false],
    ['a broken pipe, five letters like a SQLSTATE', failed('EPIPE'), true, 'at_once', false],
    ['an unresolvable name', failed('ENOTFOUND'), true, 'at_once', false],
    [
      'a connection that ended',
      failed(undefined, 'Connection terminated unexpectedly'),
      true,
      'at_once',
      false,
    ],
    [
      'a connection that broke before',
      failed(undefined, 'Client has encountered a connection error and is not queryable'),
      true,
      'at_once',
      false,
    ],
    [
      'a connection that cannot be made in time',
      failed(undefined, 'Connection terminated due to connection timeout'),
      true,
      'in_doubt',
      false,
    ],
    ['a full pool', failed(undefined, 'timeout exceeded when trying to connect'), true, 'in_doubt', false],
    ['a query timeout', failed(undefined, 'Query read timeout'), true, 'in_doubt', false],
    [
      'slow reads at all connections',
      new ConnectionsBusyError(3, 'never', new Error('x')),
      true,
      'never',
      false,
    ],
    ['a read without response', new NoResponseError('never', new Error('x')), true, 'never', false],
    [
      'writes at all connections',
      new ConnectionsBusyError(10, 'in_doubt', new Error('x')),
      true,
      'in_doubt',
      false,
    ],
    ['an index that is being built', new IndexMissingError(['operations_unfinished']), true, 'never', false],
    ['a shutdown of the server', failed('57P01'), true, 'at_once', false],
    ['too many connections', failed('53300'), true, 'in_doubt', false],
    ['a read-only server', failed('25006'), true, 'at_once', false],
    ['a statement timeout', failed('57014'), true, 'never', false],
    ['a wrong password', failed('28P01'), true, 'at_once', true],
    ['a database that is not there', failed('3D000'), true, 'at_once', true],
    ['a missing right', failed('42501'), true, 'at_once', true],
    ['no schema to work in', failed('3F000'), true, 'at_once', true],
    ['an unknown column', failed('42703'), false, 'never', true],
    ['a mistake of ours', new TypeError('x is not a function'), false, 'never', true],
    ['a wrong argument', failed('ERR_INVALID_ARG_TYPE'), false, 'never', true],
    ['no error at all', undefined, false, 'never', true],
  ])('%s: unavailable %s, renewed %s, ends the start %s', (_, error, ...expected) => {
    const { isUnavailable, renewal } = failureOf(error);
    expect([isUnavailable, renewal, stopsStart(error)]).toEqual(expected);
  });
});
