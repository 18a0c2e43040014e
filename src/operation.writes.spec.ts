import { ENTITLEMENT_WRITES } from './entitlements/entitlements.writes.js';
import { KindRegistry } from './ledger/kind.registry.js';
import { MIGRATION_WRITES } from './migrations/migrations.writes.js';
import { VOUCHER_WRITES } from './vouchers/vouchers.writes.js';

const UUID = 'ab0f5c1e-7a52-4d1c-9b4f-0d6c5a3e2f10';
const ALL = [...ENTITLEMENT_WRITES, ...VOUCHER_WRITES, ...MIGRATION_WRITES];
const kinds = new KindRegistry(ALL);
const exclusiveKeyOf = kinds.exclusiveKeyOf.bind(kinds);

describe('the writes that features declare', () => {
  it('are each kind exactly once', () => {
    expect(() => new KindRegistry(ALL.slice(1))).toThrow('exactly once');
    expect(() => new KindRegistry([...ALL, ...ALL.slice(1)])).toThrow('exactly once');
  });

  it('exclude each other by thing, not by kind or spelling', () => {
    const subject = { userId: UUID, productId: '1337' };
    const upper = { userId: UUID.toUpperCase(), productId: '01337' };
    const grant = exclusiveKeyOf('entitlement_grant', subject);
    expect(exclusiveKeyOf('entitlement_revoke', upper)).toBe(grant);
    expect(exclusiveKeyOf('entitlement_grant', { ...subject, productId: '1338' })).not.toBe(grant);
    expect(exclusiveKeyOf('voucher_group_update', { voucherGroupId: '7' })).toBe(
      exclusiveKeyOf('voucher_group_update', { voucherGroupId: '007' }),
    );
  });

  it.each([
    'voucher_handout',
    'voucher_codes_draw',
    'vouchers_generate',
    'migration_create',
    'token_import',
  ] as const)('exclude nothing for %s, which may be asked for many times', (kind) => {
    expect(exclusiveKeyOf(kind, { userId: '1', voucherGroupId: '7', destinationUsername: 'a' })).toBeNull();
  });
});
