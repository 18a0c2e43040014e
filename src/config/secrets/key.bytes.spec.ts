import { readKeyBytes } from './key.bytes.js';
import { Secret } from './secret.js';

const BYTES = Buffer.alloc(32, 0xfb);

describe('readKeyBytes', () => {
  it.each([BYTES.toString('base64'), BYTES.toString('base64url'), BYTES.toString('hex')])(
    'reads 32 bytes from %j',
    (text) => {
      expect(readKeyBytes(new Secret(text))?.reveal()).toBe(BYTES.toString('base64'));
    },
  );

  it.each([
    'a passphrase',
    BYTES.subarray(1).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    BYTES.toString('hex').slice(1),
    `${BYTES.toString('base64')}\n`,
  ])('refuses %j', (text) => {
    expect(readKeyBytes(new Secret(text))).toBeUndefined();
  });
});
