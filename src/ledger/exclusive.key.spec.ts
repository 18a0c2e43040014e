import { exclusiveKeyOf, mayBeSame, normalId } from './exclusive.key.js';

const UUID = 'ab0f5c1e-7a52-4d1c-9b4f-0d6c5a3e2f10';

describe('ids of subjects', () => {
  it.each([
    ['42', '42', true],
    ['42', '0042', true],
    ['42', '43', false],
    [UUID, UUID.toUpperCase(), true],
    [UUID, UUID.replace('ab', 'ac'), false],
    ['42', UUID, true],
    ['premium', '1337', true],
    ['0', '000', true],
  ])('%s and %s may be the same: %s', (one, other, may) => {
    expect([mayBeSame(one, other), mayBeSame(other, one)]).toEqual([may, may]);
    if (normalId(one) === normalId(other)) expect(may).toBe(true);
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
