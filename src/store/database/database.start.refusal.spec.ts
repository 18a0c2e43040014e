import { DatabaseError } from 'pg';
import { Secret } from '../../config/secrets/secret.js';
import { storeAddressOf } from '../../config/environment/store.address.js';
import { ConnectionFailedError, SchemaTooNewError } from './database.errors.js';
import { stopsStart } from './database.failure.js';
import { startRefusalOf } from './database.start.refusal.js';

const ADDRESS = storeAddressOf(
  new Secret('postgres://gate%40x:canary@db.example/toll%20gate?sslmode=require'),
);

function fromServer(code: string, message: string): Error {
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code });
}

function fromDriver(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

describe('startRefusalOf', () => {
  it.each([
    [
      fromServer('28P01', 'password authentication failed'),
      'refuses the login of user "gate@x" (password authentication failed, SQLSTATE 28P01). Correct the user',
    ],
    [
      fromServer('28000', 'no pg_hba.conf entry'),
      'refuses the login of user "gate@x" (no pg_hba.conf entry, SQL',
    ],
    [fromServer('0P000', 'no such role'), 'refuses the login of user "gate@x"'],
    [
      fromServer('3D000', 'does not exist'),
      'has no database "toll gate" (does not exist, SQLSTATE 3D000). Create',
    ],
    [
      fromServer('42501', 'permission denied'),
      'refuses user "gate@x" a right in database "toll gate" (permission',
    ],
    [
      fromServer('3F000', 'no schema'),
      'has no schema for user "gate@x" in database "toll gate" (no schema, SQL',
    ],
    [
      fromServer('42704', 'unrecognized parameter'),
      'does not accept a session, or the tables, of the gateway in',
    ],
    [
      fromDriver('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
      'asks for a password of user',
    ],
    [
      fromDriver('The server does not support SSL connections'),
      'offers no TLS, and the URL demands it. Enable',
    ],
    [fromDriver('There was an error establishing an SSL connection'), 'does not reply to a request for TLS'],
    [
      fromDriver('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
      'cannot be connected to by TLS: its cert',
    ],
    [
      fromDriver('expired', 'CERT_HAS_EXPIRED'),
      'its certificate has expired (CERT_HAS_EXPIRED). Correct the cert',
    ],
    [fromDriver('altnames', 'ERR_TLS_CERT_ALTNAME_INVALID'), 'its certificate is for another name'],
    [
      fromDriver('alert', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      'it refuses the TLS connection of this client',
    ],
    [fromDriver('wrong version', 'ERR_SSL_WRONG_VERSION_NUMBER'), 'it does not speak TLS at this port'],
  ])('stops the start with one line of what was tried and what to do: %s', (cause, line) => {
    const error = new ConnectionFailedError(cause);
    expect(stopsStart(error)).toBe(true);
    const { message } = startRefusalOf(error, ADDRESS) as Error;
    expect(message).toMatch(/^DATABASE_URL: db\.example:5432 [^\n]+\. [A-Z][^\n]+$/);
    expect(message).toContain(line);
    expect(message).not.toContain('canary');
  });

  it.each([
    ['Connection terminated unexpectedly', 'the server closed the connection before the login was complete'],
    [
      'Connection terminated due to connection timeout',
      'the connection and its login were not complete in time',
    ],
    ['timeout expired', 'the connection and its login were not complete in time'],
    ['connect ECONNREFUSED 127.0.0.1:1', 'connect ECONNREFUSED 127.0.0.1:1'],
  ])('is waited for with words for what the driver reports as %j', (text, words) => {
    const cause = new Error(text);
    expect(new ConnectionFailedError(cause)).toMatchObject({
      message: `no connection to the database: ${words}`,
      cause,
    });
  });

  it('names the server whose schema is newer', () => {
    const { message } = startRefusalOf(new SchemaTooNewError(9, 8), ADDRESS) as Error;
    expect(message).toMatch(/^DATABASE_URL: at db\.example:5432, the database has schema version 9/);
  });

  it('leaves an error of ours as it is', () => {
    const error = new TypeError('x is not a function');
    expect(startRefusalOf(error, ADDRESS)).toBe(error);
  });

  it.each([
    fromDriver('connect ECONNREFUSED', 'ECONNREFUSED'),
    fromDriver('getaddrinfo ENOTFOUND', 'ENOTFOUND'),
    fromServer('57P03', 'starting up'),
    fromServer('53300', 'too many connections'),
  ])('is not asked for what passes: %s', (cause) => {
    expect(stopsStart(new ConnectionFailedError(cause))).toBe(false);
  });
});
