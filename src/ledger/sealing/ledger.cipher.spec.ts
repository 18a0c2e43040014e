import { Secret } from '../../config/secrets/secret.js';
import { LedgerCipher } from './ledger.cipher.js';
import { CiphertextUnreadableError } from '../ledger.errors.js';

const KEY_A = new Secret(Buffer.alloc(32, 1).toString('base64'));
const KEY_B = new Secret(Buffer.alloc(32, 2).toString('base64url'));
const TEXT = '{"codes":["SAMPLE-CODE-1"]}';

describe('LedgerCipher', () => {
  const cipher = new LedgerCipher('a', new Map([['a', KEY_A]]));

  it('decrypts what it encrypted, and the ciphertext does not contain the plain text', () => {
    const sealed = cipher.seal('op-1', TEXT);
    expect(sealed.keyId).toBe('a');
    expect(Buffer.from(sealed.ciphertext, 'base64url').toString('latin1')).not.toContain('SAMPLE');
    expect(cipher.open('op-1', sealed)).toBe(TEXT);
  });

  it('never encrypts the same text to the same ciphertext', () => {
    expect(cipher.seal('op-1', TEXT).ciphertext).not.toBe(cipher.seal('op-1', TEXT).ciphertext);
  });

  it('throws for a ciphertext that was moved to another operation', () => {
    expect(() => cipher.open('op-2', cipher.seal('op-1', TEXT))).toThrow(CiphertextUnreadableError);
  });

  it('throws for a ciphertext that was changed or truncated', () => {
    const { keyId, ciphertext } = cipher.seal('op-1', TEXT);
    const bytes = Buffer.from(ciphertext, 'base64url');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(() => cipher.open('op-1', { keyId, ciphertext: bytes.toString('base64url') })).toThrow(
      CiphertextUnreadableError,
    );
    expect(() => cipher.open('op-1', { keyId, ciphertext: ciphertext.slice(0, 12) })).toThrow(
      CiphertextUnreadableError,
    );
  });

  it('decrypts old responses after a rotation and encrypts with the new key', () => {
    const old = cipher.seal('op-1', TEXT);
    const rotated = new LedgerCipher(
      'b',
      new Map([
        ['a', KEY_A],
        ['b', KEY_B],
      ]),
    );
    expect(rotated.open('op-1', old)).toBe(TEXT);
    expect(rotated.seal('op-1', TEXT).keyId).toBe('b');
  });

  it('replaces its keys', () => {
    const renewed = new LedgerCipher();
    renewed.take('a', new Map([['a', KEY_A]]));
    const old = renewed.seal('op-1', TEXT);
    expect([renewed.canSeal, old.keyId]).toEqual([true, 'a']);
    renewed.take('b', new Map([['b', KEY_B]]));
    expect(renewed.seal('op-1', TEXT).keyId).toBe('b');
    expect(() => renewed.open('op-1', old)).toThrow("key 'a' is not configured");
  });

  it('still encrypts responses of running operations after its last key was removed', () => {
    const renewed = new LedgerCipher('a', new Map([['a', KEY_A]]));
    renewed.take(undefined, new Map());
    expect(renewed.canSeal).toBe(false);
    expect(cipher.open('op-1', renewed.seal('op-1', TEXT))).toBe(TEXT);
  });

  it('keeps its keys if the new ones are invalid', () => {
    const renewed = new LedgerCipher('a', new Map([['a', KEY_A]]));
    expect(() => renewed.take('b', new Map([['a', KEY_A]]))).toThrow("no key 'b'");
    expect(renewed.seal('op-1', TEXT).keyId).toBe('a');
  });

  it('names the missing key in the error', () => {
    const other = new LedgerCipher('b', new Map([['b', KEY_B]]));
    expect(() => other.open('op-1', cipher.seal('op-1', TEXT))).toThrow("key 'a' is not configured");
  });

  it('cannot encrypt without a key', () => {
    const none = new LedgerCipher();
    expect(none.canSeal).toBe(false);
    expect(() => none.seal('op-1', TEXT)).toThrow(TypeError);
  });

  it('throws for a key of another length and for a current key that is not in the ring', () => {
    expect(() => new LedgerCipher('a', new Map([['a', new Secret('c2hvcnQ=')]]))).toThrow('must be 32 bytes');
    expect(() => new LedgerCipher('x', new Map([['a', KEY_A]]))).toThrow("no key 'x'");
  });
});
