import { createHash } from 'node:crypto';
import type { CallerSettings } from '../../config/settings/caller.settings.js';
import { CallerKeys, isInForce } from './caller.keys.js';

function caller(name: string, hashes: readonly Buffer[]): CallerSettings {
  const keys = hashes.map((sha256) => ({ sha256 }));
  return {
    name,
    tenants: ['demo'],
    scopes: new Set(),
    keys,
    resources: {},
    limit: { requests: 1, perSeconds: 1 },
    weight: 1,
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

describe('CallerKeys', () => {
  it('finds the caller of each of its keys', () => {
    const keys = new CallerKeys([
      caller('a', [sha256('key-1'), sha256('key-2')]),
      caller('b', [sha256('key-3')]),
    ]);
    expect(['key-1', 'key-2', 'key-3'].map((key) => keys.find(key, {})?.caller.name)).toEqual([
      'a',
      'a',
      'b',
    ]);
  });

  it('compares the whole hash, not only its first bytes', () => {
    const near = sha256('key-1');
    near.writeUInt8(near.readUInt8(31) ^ 1, 31);
    const keys = new CallerKeys([caller('near', [near]), caller('right', [sha256('key-1')])]);
    expect(keys.find('key-1', {})?.caller.name).toBe('right');
    expect(new CallerKeys([caller('near', [near])]).find('key-1', {})).toBeUndefined();
  });

  it.each(['', 'key-2', 'KEY-1', 'key-1 ', sha256('key-1').toString('hex')])(
    'returns undefined for %j',
    (key) => {
      expect(new CallerKeys([caller('a', [sha256('key-1')])]).find(key, {})).toBeUndefined();
    },
  );
});

describe('keys that come again on one connection', () => {
  const names = Array.from({ length: 12 }, (_, at) => `key-${at}`);
  const all = () => new CallerKeys(names.map((name) => caller(name, [sha256(name)])));

  it('are found, each as its own caller, however many there are', () => {
    const keys = all();
    const connection = {};
    for (const _ of [1, 2, 3]) {
      expect(names.map((name) => keys.find(name, connection)?.caller.name)).toEqual(names);
    }
  });

  it('do not let an unknown key in', () => {
    const keys = all();
    const connection = {};
    keys.find('key-1', connection);
    for (const key of ['key-1 ', 'KEY-1', 'other', '']) expect(keys.find(key, connection)).toBeUndefined();
  });

  it('are forgotten with the settings that had them', () => {
    const connection = {};
    expect(all().find('key-1', connection)).toBeDefined();
    expect(new CallerKeys([caller('b', [sha256('key-2')])]).find('key-1', connection)).toBeUndefined();
  });
});

describe('isInForce', () => {
  const notBefore = new Date('2026-01-01T00:00:00Z');
  const expires = new Date('2026-02-01T00:00:00Z');

  it.each([
    ['2025-12-31T23:59:59.999Z', false],
    ['2026-01-01T00:00:00.000Z', true],
    ['2026-01-31T23:59:59.999Z', true],
    ['2026-02-01T00:00:00.000Z', false],
  ])('at %s is %s', (now, inForce) => {
    expect(isInForce({ sha256: Buffer.alloc(32), notBefore, expires }, new Date(now))).toBe(inForce);
  });

  it('never expires without expires', () => {
    expect(isInForce({ sha256: Buffer.alloc(32) }, new Date(0))).toBe(true);
  });
});
