import { readDrawnVouchers } from './spid.payload.js';

const ZONE = 'Europe/Oslo';

describe('readDrawnVouchers', () => {
  const partial = {
    voucherId: '55',
    voucherGroupId: '12',
    voucherCode: '9-ABCD',
    type: '8',
    created: '2024-01-10 12:00:00',
  };

  it('SPiD F16: reads partial vouchers', () => {
    expect(readDrawnVouchers([partial], ZONE, '12')).toEqual([
      {
        id: '55',
        code: '9-ABCD',
        voucherGroupId: '12',
        type: 'payment',
        upstreamType: '8',
        createdAt: '2024-01-10T11:00:00Z',
      },
    ]);
  });

  it.each([
    ['no id', { voucherId: null }],
    ['an empty group', { voucherGroupId: '' }],
    ['a time that is none', { created: 'soon' }],
    ['a type that is no text', { type: [] }],
  ])('SPiD F20: loses no code for %s', (_, odd) => {
    expect(readDrawnVouchers([{ ...partial, ...odd }], ZONE, '12')).toMatchObject([
      { code: '9-ABCD', voucherGroupId: '12' },
    ]);
  });

  it('SPiD F25: reads a single voucher without a list', () => {
    expect(readDrawnVouchers(partial, ZONE, '12')).toMatchObject([{ code: '9-ABCD' }]);
  });

  it.each([
    ['an empty code', [{ ...partial, voucherCode: '' }]],
    ['a blank code', [{ ...partial, voucherCode: ' ' }]],
    ['a code that is no text', [{ ...partial, voucherCode: 12 }]],
    ['no code', [{ ...partial, voucherCode: undefined }]],
    ['a code twice', [partial, { ...partial, voucherId: '56' }]],
    ['an entry that is none', [partial, null]],
    ['nothing', null],
    ['a flag', { success: true }],
  ])('refuses %s', (_, data) => {
    expect(() => readDrawnVouchers(data, ZONE, '12')).toThrow('unreadable');
  });
});
