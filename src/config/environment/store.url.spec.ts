import { assert, constantFrom, property, string, tuple, webAuthority } from 'fast-check';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { codePoint } from '../../../test/support/code.point.js';
import { checkPostgresUrl, checkRedisUrl } from './store.url.js';

/** Characters that mean something in a URL, or that look as if they did. */
const HOSTILE = [
  '#',
  '?',
  '/',
  '@',
  ':',
  '[',
  ']',
  '%',
  '%zz',
  '%2',
  ' ',
  '\\',
  '+',
  '&',
  '=',
  'ø',
  '"',
  '\u200b',
  '%00',
  '%ff',
];

describe('checkPostgresUrl', () => {
  it.each([
    'postgres://tollgate@postgres:5432/tollgate',
    'postgresql://gate:s%23cr%3Ft%2F%40%25@db.example.com/tollgate?sslmode=verify-full',
    'postgres://gate:p@ss@[::1]:5432/tollgate',
    'postgres://gate:pa:ss@10.0.0.1:65535/toll-gate_1',
    'postgres://gate@%2Frun%2Fpostgresql/tollgate',
    'postgres://gate@db/tollgate?application_name=x&options=-c+search_path%3Dgate&sslmode=disable',
  ])('takes %s', (text) => {
    expect(checkPostgresUrl(text)).toBeUndefined();
  });

  it.each([
    ['', /must begin with postgres:\/\//],
    ['db.example.com/tollgate', /must begin with postgres:\/\/ or postgresql:\/\/, for example/],
    ['mysql://u:canary@db/x', /must begin with postgres:\/\//],
    ['"postgres://u:canary@db/x"', /must begin with/],
    ['POSTGRES://u:canary@db/x', /lowercase/],
    [' postgres://u:canary@db/x', /white space/],
    ['postgres://u:canary canary@db/x', /a space is written %20/],
    ['postgres://u:canary@db/x\n', /ends with a newline/],
    ['postgres://u:100%pure-canary@db/x', /begins no escape such as %20; a '%' is written %25/],
    ['postgres://u:100%canary@db/x', /not UTF-8; a '%' is written %25/],
    ['postgres://u:canary%@db/x', /a '%' is written %25/],
    ['postgres://u:canary%ff@db/x', /not UTF-8/],
    ['postgres://u:canary%00@db/x', /control character/],
    ['postgres://u:can#ary@db/x', /'#' as %23/],
    ['postgres://u:1#canary@db/x', /'#' as %23/],
    ['postgres://u:can?ary@db/x', /'\?' as %3F/],
    ['postgres://u:1?canary@db/x', /'\?' as %3F/],
    ['postgres://u:can/ary@db/x', /'\/' as %2F/],
    ['postgres://u:can@1/ary@db/x', /'\/' as %2F/],
    ['postgres://u:can\\ary@db/x', /backslash/],
    ['postgres://u:canary@[db/x', /%5B/],
    ['postgres://u:canary@[db]/x', /IPv6/],
    ['postgres://u:canary@::1/x', /IPv6 address is in brackets/],
    ['postgres://u:canary@db:0/x', /a port from 1 to 65535/],
    ['postgres://u:canary@db:65536/x', /a port from 1 to 65535/],
    ['postgres://u:canary@db:/x', /a port from 1 to 65535/],
    ['postgres://u:canary', /a port from 1 to 65535/],
    ['postgres://u:canary@/x', /names no host/],
    ['postgres:///x', /names no host/],
    ['postgres://u:canary@one,two/x', /one host/],
    ['postgres://db/x', /names no user/],
    ['postgres://:canary@db/x', /names no user/],
    ['postgres://u:canary@db', /names no database/],
    ['postgres://u:canary@db/', /names no database/],
    ['postgres://u:canary@db/x/y', /nothing but the name of the database/],
    ['postgres://u:canary@db/x%2Fy', /name of its database/],
    ['postgres://u:canary@db/x#y', /'#' in it/],
    ['postgres://u@db/x?password=canary', /parameter after its '\?'/],
    ['postgres://u:canary@db/x?statement_timeout=0', /parameter after its '\?'/],
    ['postgres://u:canary@db/x?sslmode=reqire', /in sslmode one of: disable/],
    ['postgres://u:canary@db/x?sslmode=require&sslmode=disable', /sslmode twice/],
    ['postgres://u:canary@db/x?sslmode=verify-ca', /sslrootcert/],
    ['postgres://u:canary@db/x?sslrootcert=/nowhere.pem', /sslrootcert to a file that cannot be read/],
    ['postgres://u:canary@db/x?sslmode=disable&sslnegotiation=direct', /beside sslmode=disable/],
  ])('refuses %j, names what to write, and repeats none of it', (text, reason) => {
    expect(checkPostgresUrl(text)).toMatch(reason);
    expect(checkPostgresUrl(text)).not.toContain('canary');
  });

  it('takes only what the driver reads in the same way', () => {
    const hostile = string({ unit: constantFrom(...HOSTILE, 'a', 'b', '1'), maxLength: 8 });
    assert(
      property(hostile, hostile, (before, password) => {
        // The first ':' ends the user name.
        const user = before.replaceAll(':', '');
        const text = `postgres://${user}:${password}@db:5433/tollgate`;
        if (checkPostgresUrl(text) !== undefined) return;
        const client = new Client({ connectionString: text });
        expect([client.host, client.port, client.database]).toEqual(['db', 5433, 'tollgate']);
        expect(client.user).toBe(decodeURIComponent(user));
        // The driver takes an empty password for none and asks the environment.
        expect(client.password || '').toBe(decodeURIComponent(password));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes every escaped user and password', () => {
    assert(
      property(string({ minLength: 1 }), string(), (user, password) => {
        const text = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@db/x`;
        expect(checkPostgresUrl(text)).toBe(
          // oxlint-disable-next-line no-control-regex
          /\p{Cc}/u.test(user + password) ? 'has an escaped control character in it' : undefined,
        );
      }),
    );
  });

  it('throws for nothing', () => {
    const path = string({ unit: codePoint }).map((text) => `/${encodeURIComponent(text)}`);
    const urls = tuple(constantFrom('http', 'postgres', 'redis'), webAuthority(), path);
    const url = urls.map(([scheme, authority, rest]) => `${scheme}://${authority}${rest}`);
    assert(
      property(string({ unit: constantFrom('postgres://', ...HOSTILE, 'a', '1') }), url, (text, url) => {
        for (const each of [text, url, `postgres://${text}`]) {
          expect([checkPostgresUrl(each), checkRedisUrl(each)].every((reason) => reason !== '')).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('checkRedisUrl', () => {
  it.each([
    'redis://valkey:6379',
    'rediss://:p%25ssword@valkey.example.com/0',
    'redis://user:password@[::1]:6379/12',
    'redis://valkey/',
  ])('takes %s', (text) => {
    expect(checkRedisUrl(text)).toBeUndefined();
  });

  it.each([
    ['valkey:6379', /must begin with redis:\/\/ or rediss:\/\//],
    ['redis://:100%pure-canary@valkey', /begins no escape such as %20; a '%' is written %25/],
    ['redis://:can#ary@valkey', /'#' as %23/],
    ['redis://:1#canary@valkey', /'#' as %23/],
    ['redis://:1?canary@valkey', /'\?' as %3F/],
    ['REDISS://:canary@valkey', /lowercase/],
    ['redis://canary@valkey', /a password alone follows a ':'/],
    ['redis://', /names no host/],
    ['redis://:canary@valkey:70000', /a port from 1 to 65535/],
    ['redis://valkey/canary', /number of a database/],
    ['redis://valkey/0/1', /number of a database/],
    ['redis://one,two', /one host/],
    ['redis://valkey?enableOfflineQueue=true', /must not have a '\?'/],
  ])('refuses %j, names what to write, and repeats none of it', (text, reason) => {
    expect(checkRedisUrl(text)).toMatch(reason);
    expect(checkRedisUrl(text)).not.toContain('canary');
  });

  it('takes only what the driver reads in the same way', () => {
    const hostile = string({ unit: constantFrom(...HOSTILE, 'a', 'b', '1'), minLength: 1, maxLength: 8 });
    assert(
      property(hostile, (password) => {
        const text = `rediss://:${password}@valkey:6380/3`;
        if (checkRedisUrl(text) !== undefined) return;
        const { options } = new Redis(text, { lazyConnect: true });
        expect(options).toMatchObject({
          host: 'valkey',
          port: 6380,
          db: 3,
          password: decodeURIComponent(password),
        });
        expect(options.tls).toBeTruthy();
      }),
      { numRuns: 2_000 },
    );
  });
});
