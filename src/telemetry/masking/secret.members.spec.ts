import * as fc from 'fast-check';
import { holdsUrlSecret, withoutUrlSecrets } from './url.secrets.js';
import { withoutSecretMembers } from './secret.members.js';
import { isSecretName } from './secret.names.js';

describe('withoutSecretMembers', () => {
  it.each([
    [{ voucherCode: 'SPRING26' }, { voucherCode: '[redacted]' }],
    [{ voucher_code: 1826 }, { voucher_code: '[redacted]' }],
    [{ 'Voucher-Codes': ['A', 'B'] }, { 'Voucher-Codes': { count: 2 } }],
    [{ codes: { A: 1 } }, { codes: '[redacted]' }],
    [{ tokens: { count: 3 } }, { tokens: { count: 3 } }],
    [{ tokens: { count: 3, A: 1 } }, { tokens: '[redacted]' }],
    [{ a: [{ b: [{ accessToken: 'x' }] }] }, { a: [{ b: [{ accessToken: '[redacted]' }] }] }],
    [{ redirectUrl: 'https://a.example/x' }, { redirectUrl: '[redacted]' }],
    [
      { hasToken: true, code: null },
      { hasToken: true, code: null },
    ],
    [
      { destinationInstanceUrl: 'https://ACME.example/hooks/T1' },
      { destinationInstanceUrl: 'https://acme.example/[redacted]' },
    ],
    [
      { destinationInstanceUrl: 'https://acme.example:8443/?k=T1' },
      { destinationInstanceUrl: 'https://acme.example:8443/[redacted]' },
    ],
    [
      { destinationInstanceUrl: 'https://u:p@acme.example' },
      { destinationInstanceUrl: 'https://acme.example/[redacted]' },
    ],
    [{ destinationInstanceUrl: 'no address' }, { destinationInstanceUrl: '[redacted]' }],
    [{ seen: 'at https://u:p@a.example/ today' }, { seen: 'at https://[redacted]@a.example/ today' }],
    [['https://a.example/?api_key=x&page=2'], ['https://a.example/?api_key=[redacted]&page=2']],
  ])('keeps of %j only %j', (value, kept) => {
    expect(withoutSecretMembers<unknown>(value)).toEqual(kept);
  });

  it.each([
    { tokenName: 'demo', title: 'A code for you', status_code: 'finished', granted: true, vouchersOfUser: 0 },
    { destinationInstanceUrl: 'https://acme.example/' },
    { ticket: 'https://tickets.example/browse?id=12#comment-3', at: new Date(0) },
    'a text',
    17,
    null,
    undefined,
  ])('returns the same value when there is nothing to mask: %j', (value) => {
    expect(withoutSecretMembers(value)).toBe(value);
  });

  it('is idempotent for any value', () => {
    const words = fc.constantFrom(
      'code',
      'tokens',
      'destinationInstanceUrl',
      'note',
      'https://u:p@h.example/a?token=b#sig=c',
      'https://u@p@h.example?key=v;k=w',
    );
    const value = fc.jsonValue({ maxDepth: 4 });
    const object = fc.dictionary(words, fc.oneof(words, value, fc.array(words), fc.dictionary(words, words)));
    fc.assert(
      fc.property(object, (given) => {
        const once = withoutSecretMembers(given);
        expect(withoutSecretMembers(once)).toBe(once);
      }),
    );
  });

  it('masks what nests too deeply', () => {
    let nested: unknown = { voucherCode: 'SPRING26' };
    for (let depth = 0; depth < 10_000; depth += 1) nested = [nested];
    expect(JSON.stringify(withoutSecretMembers(nested))).not.toContain('SPRING26');
  });
});

describe('isSecretName', () => {
  it.each(['destinationToken', 'api_token', 'clientSecret', 'newPassword', 'x-api-key', 'codes'])(
    'takes %s for a secret',
    (name) => expect(isSecretName(name)).toBe(true),
  );

  it.each(['tokenName', 'statusCode', 'countryCode', 'secretary', 'codeOfConduct', 'title'])(
    'takes %s for none',
    (name) => expect(isSecretName(name)).toBe(false),
  );
});

describe('withoutUrlSecrets', () => {
  it.each([
    ['https://user:pass@h.example/x', 'https://[redacted]@h.example/x'],
    ['https://token@h.example', 'https://[redacted]@h.example'],
    ['postgres://u:p%40@h/db', 'postgres://[redacted]@h/db'],
    [
      'a (https://h.example/?X-Amz-Signature=abc&x=1)',
      'a (https://h.example/?X-Amz-Signature=[redacted]&x=1)',
    ],
    ['https://h.example/#access_token=abc', 'https://h.example/#access_token=[redacted]'],
    ['https://h.example/?tok%65n=abc', 'https://h.example/?tok%65n=[redacted]'],
    ['https://h.example/?%zz=abc&code=1', 'https://h.example/?%zz=abc&code=[redacted]'],
    [
      'https://a.example/?key=1 and https://b.example/?key=2',
      'https://a.example/?key=[redacted] and https://b.example/?key=[redacted]',
    ],
  ])('masks the secrets of %s', (text, masked) => {
    expect(withoutUrlSecrets(text)).toBe(masked);
    expect(holdsUrlSecret({ any: [text] })).toBe(true);
  });

  it.each([
    'anna@acme.example',
    'https://h.example/a@b?id=5&page=2',
    'ratio 1://2',
    'no address',
    'https://',
  ])('leaves %s alone', (text) => {
    expect(withoutUrlSecrets(text)).toBe(text);
    expect(holdsUrlSecret({ [text]: [text] })).toBe(false);
  });

  it('takes linear time for a hostile string of a megabyte', () => {
    for (const piece of ['a', 'a://', '?a=', '@', 'https://@', 'x;']) {
      const text = `${piece.repeat(1_000_000 / piece.length)}://`;
      const started = performance.now();
      withoutUrlSecrets(text);
      expect(performance.now() - started).toBeLessThan(5_000);
    }
  });
});
