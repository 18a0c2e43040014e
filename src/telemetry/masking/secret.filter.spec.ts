import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { codePoint } from '../../../test/support/code.point.js';
import { KnownSecrets } from '../../config/secrets/known.secrets.js';
import { Secret } from '../../config/secrets/secret.js';
import { SecretFilter } from './secret.filter.js';

Logger.overrideLogger(false);

const LONG = 'Zq7/w+K"9\\é ü$1xY';

function filterOf(...texts: string[]): SecretFilter {
  const secrets = new KnownSecrets();
  texts.forEach((text, index) => secrets.learn(`secret ${index}`, { value: new Secret(text) }));
  return new SecretFilter(secrets);
}

/** Of ASCII letters: the others have no case that two systems agree on. */
function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, (char) => (char < 'a' ? char.toLowerCase() : char.toUpperCase()));
}

/** Written in another way than the filter's own forms, so that one mistake does not hide in both. */
const WAYS: [way: string, write: (secret: string) => string][] = [
  ['plain', (secret) => secret],
  ['JSON', (secret) => JSON.stringify({ secret })],
  ['JSON in JSON', (secret) => JSON.stringify({ text: JSON.stringify({ secret }) })],
  ['base64', (secret) => btoa(String.fromCharCode(...new TextEncoder().encode(secret)))],
  ['base64 of a pair', (secret) => Buffer.from(`client-1:${secret}`).toString('base64')],
  ['base64 of a pair with an end', (secret) => Buffer.from(`cl:${secret}:X`).toString('base64')],
  ['base64 of a pair, once more', (secret) => Buffer.from(`c:${secret}:XY`).toString('base64')],
  ['base64url', (secret) => Buffer.from(`x${secret}`).toString('base64url')],
  ['base64 in a URL', (secret) => `?token=${encodeURIComponent(Buffer.from(secret).toString('base64'))}&a=1`],
  ['hex', (secret) => Buffer.from(secret).toString('hex')],
  ['HEX', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['a URL', (secret) => `https://vendor.example/?client_secret=${encodeURIComponent(secret)}&x=1`],
  [
    'a URL in lowercase hex',
    (secret) => encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase()),
  ],
  ['a form', (secret) => new URLSearchParams({ client_secret: secret, x: '1' }).toString()],
  ['the other case', (secret) => swapCase(secret)],
];

describe('SecretFilter', () => {
  it.each(WAYS)('finds a secret written as %s', (_way, write) => {
    const text = `before ${write(LONG)} after`;
    const masked = filterOf('another-secret-value', LONG).text('answer', text);
    expect(masked).toContain('[redacted]');
    expect(masked).toMatch(/^before .* after$/s);
    expect(filterOf(LONG).text('answer', masked)).toBe(masked);
  });

  it('masks any secret in any string, in every encoding', () => {
    const secret = fc.string({ minLength: 16, maxLength: 80, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), fc.constantFrom(...WAYS), (text, before, after, way) => {
        const masked = filterOf('another-secret-value', text).text('log', before + way[1](text) + after);
        expect(masked).toContain('[redacted]');
      }),
    );
  });

  it('returns a string without a secret unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), (text) => {
        expect(filterOf(LONG, 'a'.repeat(40)).text('log', text)).toBe(text);
      }),
    );
  });

  it('masks every occurrence, and the longest secret at a position', () => {
    const filter = filterOf('sixteen-letters-x', 'sixteen-letters-x-and-more');
    expect(filter.text('log', 'sixteen-letters-xsixteen-letters-x-and-more!')).toBe('[redacted][redacted]!');
  });

  it('returns valid JSON for JSON, keys and numbers included', () => {
    const filter = filterOf(LONG, '1234567890123456');
    const text = `${JSON.stringify({ a: [LONG, 1], [LONG]: { n: 1234567890123456 } })}\n`;
    expect(JSON.parse(filter.text('answer', text))).toEqual({
      a: ['[redacted]', 1],
      '[redacted]': { n: '[redacted]' },
    });
    expect(filter.text('answer', text)).toMatch(/\n$/);
    expect(filter.value('ledger', { reason: `it is ${LONG}` })).toEqual({ reason: 'it is [redacted]' });
  });

  it.each([
    ['it said foobar', 'it said [redacted]'],
    ['{"a":"foobar"}', '{"a":"[redacted]"}'],
    ['secret%3Dfoobar&', 'secret%3D[redacted]&'],
    ['"line\\nfoobar"', '"line\\n[redacted]"'],
    ['foobarista and xfoobar', 'foobarista and xfoobar'],
    ['019cfoobar1c2b', '019cfoobar1c2b'],
  ])('masks a short secret only as a whole word: %s', (text, masked) => {
    expect(filterOf('foobar').text('log', text)).toBe(masked);
  });

  it.each(['answer', 'ledger'] as const)(
    'does not confirm a guess of a short secret to a caller (%s)',
    (sink) => {
      const guess = '{"title":"foobar"}';
      expect(filterOf('foobar', 'fifteen-letters').text(sink, guess)).toBe(guess);
      expect(filterOf('fifteen-letters').text(sink, 'fifteen-letters')).toBe('fifteen-letters');
      expect(filterOf('sixteen-letters!').text(sink, 'sixteen-letters!')).toBe('[redacted]');
    },
  );

  it('does not mask secrets under six characters', () => {
    expect(filterOf('five5').text('log', 'five5')).toBe('five5');
  });

  it('counts a hit by its sink, once for each string', () => {
    const filter = filterOf(LONG);
    filter.text('log', `${LONG} ${LONG}`);
    filter.text('log', 'nothing');
    filter.value('ledger', [LONG]);
    expect([...filter.hits]).toEqual([
      ['log', 1],
      ['ledger', 1],
    ]);
  });

  it('masks secrets that were added later, and those before a rotation', () => {
    const secrets = new KnownSecrets();
    const filter = new SecretFilter(secrets);
    expect(filter.text('log', 'first-secret-of-all')).toBe('first-secret-of-all');
    secrets.learn('settings', { secret: new Secret('first-secret-of-all') });
    secrets.learn('settings', new Map([['t', { secret: new Secret('second-secret-of-all') }]]));
    expect(filter.text('log', 'first-secret-of-all second-secret-of-all')).toBe('[redacted] [redacted]');
  });

  it('masks secrets of every length beside each other, in whatever order they were added', () => {
    const lengths = fc.uniqueArray(fc.integer({ min: 6, max: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(lengths, (chosen) => {
        const secrets = new KnownSecrets();
        const filter = new SecretFilter(secrets);
        // Each begins with a letter of its own, so that none is a part of another one.
        const texts = chosen.map((length, at) => `${'ghjkmn'.charAt(at)}${'0'.repeat(length - 1)}`);
        texts.forEach((text, at) => {
          secrets.learn(`secret ${at}`, { value: new Secret(text) });
          const known = texts.slice(0, at + 1);
          expect(filter.text('log', known.join(' '))).toBe(known.map(() => '[redacted]').join(' '));
        });
      }),
    );
  });

  it('masks the password of a connection URL, and the last tokens of each vendor', () => {
    const secrets = new KnownSecrets();
    secrets.learn('environment', { databaseUrl: new Secret('postgres://u:p%40ssword-of-the-db@h/db') });
    for (let count = 0; count < 5; count += 1)
      secrets.learnToken('spid', new Secret(`token-number-${count}-abc`));
    const filter = new SecretFilter(secrets);
    expect(filter.text('log', 'for user u: p@ssword-of-the-db')).toBe('for user u: [redacted]');
    expect(filter.text('log', 'token-number-1-abc token-number-2-abc')).toBe('token-number-1-abc [redacted]');
    expect(filter.text('log', 'token-number-4-abc')).toBe('[redacted]');
  });

  it('continues to mask while tokens of many tenants are renewed often', () => {
    const secrets = new KnownSecrets();
    const filter = new SecretFilter(secrets);
    for (let count = 0; count < 2_000; count += 1) {
      const text = `token-${count}-abcdefghij`;
      secrets.learnToken(`tenant ${count % 7}`, new Secret(text));
      expect(filter.text('log', `old token-${count - 7}-abcdefghij new ${text}`)).toBe(
        count < 7 ? `old token-${count - 7}-abcdefghij new [redacted]` : 'old [redacted] new [redacted]',
      );
    }
    expect(secrets.all()).toHaveLength(21);
  });

  it('filters 2,000 log lines against 2,000 secrets in under 400 ms', () => {
    const filter = filterOf(
      ...Array.from({ length: 2_000 }, (_, index) => `secret-${index}-${'x'.repeat(32)}`),
    );
    const line = JSON.stringify({
      level: 'info',
      time: new Date(),
      msg: 'request',
      route: '/v1/a/:b',
      ms: 12,
    });
    filter.text('log', line);
    const started = performance.now();
    for (let count = 0; count < 2_000; count += 1) filter.text('log', line);
    // About 1 µs each here; the limit only has to catch an algorithm that searches for each secret in turn.
    expect(performance.now() - started).toBeLessThan(400);
  });
});
