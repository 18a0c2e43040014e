import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { generateKeyPairSync } from 'node:crypto';
import { IssuerUnavailableError } from './issuer.unavailable.error.js';
import { signingKeysOf } from './signing.keys.js';

const rsa = (bits: number): object =>
  generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' });

const curve = (namedCurve: string): object =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });

describe('signingKeysOf', () => {
  let ec: JWK;
  let good: JWK;

  beforeAll(async () => {
    const { publicKey } = await generateKeyPair('ES256');
    ec = await exportJWK(publicKey);
    good = { ...ec, kid: 'good' };
  });

  const read = async (...keys: unknown[]) => {
    const set = await signingKeysOf(JSON.stringify({ keys }));
    return { found: set.keys.map(({ alg, kid }) => [alg, kid]), unusable: set.unusable };
  };

  it('derives the algorithm of a key from its type and curve', async () => {
    const okp = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const keys = [
      { ...rsa(2_048), kid: 'r' },
      { ...curve('P-256'), kid: 'e' },
      okp,
      { ...okp, alg: 'Ed25519' },
    ];
    const found = [
      ['RS256', 'r'],
      ['ES256', 'e'],
      ['EdDSA', undefined],
      ['EdDSA', undefined],
    ];
    expect(await read(...keys)).toEqual({ found, unusable: 0 });
  });

  it('skips keys for another use, without a warning', async () => {
    const others = [
      { ...ec, use: 'enc' },
      { ...ec, use: ['sig'] },
      { ...ec, key_ops: ['deriveBits'] },
      { ...ec, key_ops: 'verify' },
      { ...ec, key_ops: [] },
      { ...ec, alg: 'ES384' },
      { ...ec, alg: 'ECDH-ES' },
      { ...ec, alg: 256 },
      { ...rsa(2_048), alg: 'PS256' },
      { ...rsa(2_048), alg: 'RSA-OAEP' },
      curve('P-384'),
      curve('secp256k1'),
      generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }),
      { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' },
      { kty: 'new' },
      {},
    ];
    expect(await read(...others, good)).toEqual({ found: [['ES256', 'good']], unusable: 0 });
  });

  it('accepts keys for signatures, and absent members as null', async () => {
    const keys = [
      { ...ec, use: 'sig', alg: 'ES256', key_ops: ['verify'] },
      { ...ec, key_ops: ['sign', 'verify'] },
      { ...ec, use: null, alg: null, key_ops: null, kid: null, n: null, x5c: ['x'], ext: 'yes' },
      { ...ec, kid: 5 },
    ];
    expect(await read(...keys)).toEqual({ found: keys.map(() => ['ES256', undefined]), unusable: 0 });
  });

  it('counts malformed and weak keys, and keeps the others', async () => {
    const unusable = [
      rsa(1_024),
      { kty: 'RSA', n: 'AQAB' },
      { kty: 'RSA', n: '!', e: 'AQAB' },
      { kty: 'EC', crv: 'P-256' },
      { ...ec, y: ec.x },
      { ...ec, x: 5 },
      { kty: 'OKP', crv: 'Ed25519', x: 'AA' },
    ];
    expect(await read(null, 1, 'key', [], ...unusable, good)).toEqual({
      found: [['ES256', 'good']],
      unusable: unusable.length,
    });
  });

  it('never reads a private part', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const set = await signingKeysOf(JSON.stringify({ keys: [await exportJWK(privateKey)] }));
    expect(set.keys.map(({ key }) => key.type)).toEqual(['public']);
  });

  it('refuses what is not a key set', async () => {
    for (const text of ['', 'null', '[]', '{}', '{"keys":{}}', '<html>', `{"keys":[${'1,'.repeat(100)}1]}`]) {
      await expect(signingKeysOf(text)).rejects.toThrow(IssuerUnavailableError);
    }
  });
});
