import { reloadedLedger } from './ledger.reload.js';
import { Secret } from '../secrets/secret.js';
import type { LedgerSettings } from '../settings/ledger.settings.js';

const key = (id: string, text = id) => ({ id, key: new Secret(text) });

const IN_FORCE: LedgerSettings = {
  answerKeys: [key('a'), key('b')],
  fingerprintKey: new Secret('f'),
  operationDays: 400,
  keyDays: 30,
  leaseMs: 60_000,
};

describe('reloadedLedger', () => {
  it('takes over new keys, their order, other days and a longer lease without a word', () => {
    const next: LedgerSettings = {
      answerKeys: [key('c'), key('b'), key('a')],
      fingerprintKey: new Secret('f'),
      operationDays: 20,
      keyDays: 10,
      leaseMs: 90_000,
    };
    expect(reloadedLedger(IN_FORCE, next)).toEqual({ ledger: next, errors: [], warnings: [] });
  });

  it('takes over first keys', () => {
    const { answerKeys: _keys, fingerprintKey: _key, ...rest } = IN_FORCE;
    expect(reloadedLedger({ ...rest, answerKeys: [] }, IN_FORCE)).toEqual({
      ledger: IN_FORCE,
      errors: [],
      warnings: [],
    });
  });

  it('refuses another key under an id in force', () => {
    const { errors } = reloadedLedger(IN_FORCE, { ...IN_FORCE, answerKeys: [key('a'), key('b', 'other')] });
    expect(errors).toEqual([
      { path: 'ledger.answerKeys[1].key', reason: expect.stringContaining("the key 'b' in force") },
    ]);
    expect(JSON.stringify(errors)).not.toContain('other');
  });

  it.each([
    ['ledger.answerKeys', { answerKeys: [key('b')] }, "no longer has the key 'a'"],
    ['ledger.fingerprintKey', { fingerprintKey: new Secret('g') }, 'refused as another request'],
    ['ledger.fingerprintKey', { fingerprintKey: undefined }, 'refused as another request'],
    ['ledger.leaseMs', { leaseMs: 59_999 }, '60000 ms, which stay in force until the next start'],
  ])('warns of %s', (path, changes, reason) => {
    const { errors, warnings } = reloadedLedger(IN_FORCE, { ...IN_FORCE, ...changes });
    expect({ errors, warnings }).toEqual({
      errors: [],
      warnings: [{ path, reason: expect.stringContaining(reason) }],
    });
  });

  it('keeps the longer lease, because calls under way were begun under it', () => {
    expect(reloadedLedger(IN_FORCE, { ...IN_FORCE, leaseMs: 1_000 }).ledger.leaseMs).toBe(60_000);
  });
});
