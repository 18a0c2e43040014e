import {
  readEntitlements,
  readProductAccess,
  readRevoked,
  readSubscriptions,
  readSuccess,
  readTokenNames,
  readVoucher,
  readVoucherGroup,
  readVoucherGroups,
  isFailure,
} from './spid.payload.js';

const ZONE = 'Europe/Oslo';

const CONTENT = {
  userProductId: '5',
  productId: '2001',
  parentProductId: '2001',
  clientId: 'c',
  userId: '77',
  orderId: '0',
  status: '3',
  count: '2',
  created: '2024-01-10 12:00:00',
  updated: '2024-07-10 12:00:00',
  bundleId: '0',
};
const SUBSCRIPTION = {
  subscriptionId: '9001',
  productId: '2002',
  orderId: '31',
  status: '1',
  statusChangeCode: null,
  startDate: '2024-01-10 12:00:00',
  expires: '2024-07-10 12:00:00',
  finalEndDate: null,
  autoRenew: '1',
  renewPrice: '2900',
  currency: 'NOK',
  renewPeriod: '2592000',
  gracePeriod: '777600',
  product: {
    productId: '2002',
    name: 'Pluss månad',
  },
  created: '2024-01-10 12:00:00',
};
const GROUP = {
  voucherGroupId: '12',
  title: 'Summer',
  type: '8',
  unique: '1',
  limit: null,
  campaignId: null,
  productId: null,
  description: null,
  created: '2024-01-10 12:00:00',
  updated: '2024-01-10 12:00:00',
};
const VOUCHER = {
  voucherId: '55',
  voucherGroupId: '12',
  voucherCode: '9-ABCD',
  type: '8',
  status: '1',
  userId: null,
  handoutTime: '2024-07-10 12:00:00',
  created: '2024-01-10 12:00:00',
  count: null,
  group: GROUP,
};

describe('readProductAccess', () => {
  it('SPiD F19: reads a subscription from strings', () => {
    const data = {
      productId: '2002',
      result: true,
      subscriptionId: '9001',
      startDate: '2024-01-10 12:00:00',
      expires: '2024-07-10 12:00:00',
      autoRenew: '1',
      gracePeriod: '777600',
    };
    expect(readProductAccess(data, ZONE, 'alias')).toEqual({
      productId: '2002',
      granted: true,
      subscription: {
        subscriptionId: '9001',
        startsAt: '2024-01-10T11:00:00Z',
        expiresAt: '2024-07-10T10:00:00Z',
        autoRenew: true,
        gracePeriodSeconds: 777_600,
      },
    });
  });

  it.each([true, 1, '1'])('SPiD F19: reads %j as true', (result) => {
    expect(readProductAccess({ productId: 2001, result }, ZONE, '2001')).toEqual({
      productId: '2001',
      granted: true,
      subscription: null,
    });
  });

  it.each([
    [{ productId: '2001', result: false }],
    [{ productId: '2001', result: '0' }],
    [{ productId: null, result: false }],
  ])('SPiD F12: reads a false result as no access: %j', (data) => {
    expect(readProductAccess(data, ZONE, '2001')).toEqual({
      productId: '2001',
      granted: false,
      subscription: null,
    });
  });

  it.each([
    [{ productId: '2001' }],
    [{ productId: '2001', result: 'yes' }],
    [{ productId: '2001', result: 'true' }],
    [{ productId: '2001', result: [] }],
    [{ result: true }],
    [{ productId: '', result: true }],
    [{ productId: {}, result: true }],
    [{ productId: 1.5, result: true }],
    [{ productId: 'a b', result: true }],
    [[]],
    [null],
    ['true'],
    [{ __proto__: { productId: '2001', result: true } }],
    [JSON.parse('{"__proto__":{"productId":"2001","result":true}}')],
  ])('refuses %j', (data) => {
    expect(() => readProductAccess(data, ZONE, '2001')).toThrow('unreadable product access');
  });
});

describe('readEntitlements', () => {
  it('reads a map by product id', () => {
    expect(readEntitlements({ 2001: CONTENT }, ZONE)).toEqual([
      {
        productId: '2001',
        userProductId: '5',
        parentProductId: '2001',
        orderId: null,
        status: 'available',
        upstreamStatus: '3',
        count: 2,
        createdAt: '2024-01-10T11:00:00Z',
        updatedAt: '2024-07-10T10:00:00Z',
      },
    ]);
  });

  it('SPiD F10: reads an empty map, which arrives as a list', () => {
    expect(readEntitlements([], ZONE)).toEqual([]);
    expect(readEntitlements({}, ZONE)).toEqual([]);
  });

  it.each([
    ['-1', 'deleted'],
    ['0', 'not_available'],
    ['1', 'not_visible'],
    ['2', 'not_selectable'],
    [3, 'available'],
    ['17', 'unknown'],
    ['constructor', 'unknown'],
    [null, 'unknown'],
  ])('maps the status %j to %s and keeps the original', (status, name) => {
    const [entitlement] = readEntitlements({ 2001: { ...CONTENT, status } }, ZONE);
    expect(entitlement).toMatchObject({
      status: name,
      upstreamStatus: status === null ? null : String(status),
    });
  });

  it('SPiD F20: reads what is null, absent or empty as null', () => {
    const content = { productId: '2001', userProductId: null, count: '', created: '', updated: null };
    expect(readEntitlements({ 2001: content }, ZONE)).toEqual([
      {
        productId: '2001',
        userProductId: null,
        parentProductId: null,
        orderId: null,
        status: 'unknown',
        upstreamStatus: null,
        count: null,
        createdAt: null,
        updatedAt: null,
      },
    ]);
  });

  it('reads a product with the id __proto__', () => {
    const map = JSON.parse('{"__proto__":{"productId":"__proto__","status":"3"}}');
    expect(readEntitlements(map, ZONE)).toMatchObject([{ productId: '__proto__', status: 'available' }]);
  });

  it.each([
    ['a text', 'none'],
    ['nothing', null],
    ['an entry that is no object', { 2001: 'x' }],
    ['one content where a map is due', CONTENT],
    ['an entry without its id', { 2001: { ...CONTENT, productId: null } }],
    ['a count that is no number', { 2001: { ...CONTENT, count: 'two' } }],
    ['a count of another type', { 2001: { ...CONTENT, count: true } }],
    ['a time that is none', { 2001: { ...CONTENT, created: 'yesterday' } }],
    ['a time of another type', { 2001: { ...CONTENT, created: 1_700_000_000 } }],
    ['a status of another type', { 2001: { ...CONTENT, status: { code: 3 } } }],
  ])('refuses %s', (_, data) => {
    expect(() => readEntitlements(data, ZONE)).toThrow('unreadable');
  });
});

describe('readSubscriptions', () => {
  it('reads a map by subscription id', () => {
    expect(readSubscriptions({ 9001: SUBSCRIPTION }, ZONE)).toEqual([
      {
        subscriptionId: '9001',
        productId: '2002',
        productName: 'Pluss månad',
        orderId: '31',
        status: 'active',
        upstreamStatus: '1',
        statusChangeReason: null,
        statusChangedAt: null,
        startsAt: '2024-01-10T11:00:00Z',
        expiresAt: '2024-07-10T10:00:00Z',
        endsAt: null,
        autoRenew: true,
        renewalPrice: {
          amountMinor: 2900,
          currency: 'NOK',
        },
        renewalPeriodSeconds: 2_592_000,
        gracePeriodSeconds: 777600,
        createdAt: '2024-01-10T11:00:00Z',
        updatedAt: null,
      },
    ]);
  });

  it('SPiD F10, F11: reads an empty payload as no subscription, and an empty product as none', () => {
    expect(readSubscriptions([], ZONE)).toEqual([]);
    expect(readSubscriptions({ 9001: { ...SUBSCRIPTION, product: [] } }, ZONE)).toMatchObject([
      { productName: null },
    ]);
  });

  it.each([
    ['110', 'api'],
    ['191', 'auto_renewal_off_at_migration'],
    ['201', 'migrated'],
    ['999', 'unknown'],
  ])('maps the reason %s to %s', (statusChangeCode, reason) => {
    const [subscription] = readSubscriptions({ 9001: { ...SUBSCRIPTION, statusChangeCode } }, ZONE);
    expect(subscription).toMatchObject({ statusChangeReason: reason });
  });

  it('SPiD F20: reads one with little more than its id', () => {
    const [subscription] = readSubscriptions({ 9001: { subscriptionId: '9001', renewPrice: null } }, ZONE);
    expect(subscription).toMatchObject({ subscriptionId: '9001', productName: null, renewalPrice: null });
  });
});

describe('readVoucherGroup', () => {
  it('reads counts where given, as numbers or strings', () => {
    const counted = { ...GROUP, generatedVouchers: 10, availableVouchers: '7', limit: '10' };
    expect(readVoucherGroup(counted, ZONE)).toEqual({
      id: '12',
      title: 'Summer',
      description: null,
      type: 'payment',
      upstreamType: '8',
      unique: true,
      limit: 10,
      campaignId: null,
      productId: null,
      generatedVouchers: 10,
      availableVouchers: 7,
      createdAt: '2024-01-10T11:00:00Z',
      updatedAt: '2024-01-10T11:00:00Z',
    });
  });

  it.each([
    [{ unique: '0' }, { unique: false }],
    [{ unique: true }, { unique: true }],
    [{ unique: undefined }, { unique: null }],
    [{ limit: 0 }, { limit: null }],
    [{ limit: '0' }, { limit: null }],
    [{ type: '99' }, { type: 'unknown', upstreamType: '99' }],
    [{ title: 2026 }, { title: '2026' }],
    [{ description: '' }, { description: '' }],
  ])('SPiD F19: reads %j as %j', (change, expected) => {
    expect(readVoucherGroup({ ...GROUP, ...change }, ZONE)).toMatchObject(expected);
  });

  it('reads a list of groups, and an empty one', () => {
    expect(readVoucherGroups([GROUP, GROUP], ZONE)).toHaveLength(2);
    expect(readVoucherGroups([], ZONE)).toEqual([]);
  });

  it.each([[[]], [null], ['12'], [{ ...GROUP, voucherGroupId: '' }], [{ ...GROUP, limit: 'many' }]])(
    'refuses %j',
    (data) => {
      expect(() => readVoucherGroup(data, ZONE)).toThrow('unreadable voucher group');
    },
  );
});

describe('the spelling of keys', () => {
  it('SPiD F26: is camelCase in every payload; the other spelling is unreadable, not guessed', () => {
    expect(() => readVoucherGroup({ voucher_group_id: '12', title: 'Summer' }, ZONE)).toThrow(
      'voucherGroupId',
    );
    expect(() => readProductAccess({ product_id: '2001', result: true }, ZONE, '2001')).toThrow('productId');
  });
});

describe('readVoucher', () => {
  it('reads a voucher with its group', () => {
    expect(readVoucher(VOUCHER, ZONE)).toEqual({
      id: '55',
      code: '9-ABCD',
      voucherGroupId: '12',
      status: 'handed_out',
      upstreamStatus: '1',
      type: 'payment',
      upstreamType: '8',
      userId: null,
      handedOutAt: '2024-07-10T10:00:00Z',
      createdAt: '2024-01-10T11:00:00Z',
      updatedAt: null,
      group: expect.objectContaining({ id: '12' }),
    });
  });

  it.each([undefined, null, []])('reads one whose group is %j', (group) => {
    expect(readVoucher({ ...VOUCHER, group, userId: '77' }, ZONE)).toMatchObject({
      group: null,
      userId: '77',
    });
  });
});

describe('readSuccess and readRevoked', () => {
  it('read the flag', () => {
    expect([true, '1', false, '0'].map((success) => readSuccess({ success }))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('SPiD F13: a revocation returns a flag or the content', () => {
    expect(readRevoked({ success: true })).toBe(true);
    expect(readRevoked({ success: false })).toBe(false);
    expect(readRevoked({ ...CONTENT, status: '-1', count: '0' })).toBe(true);
  });

  it.each([[[]], [null], [{}], ['true'], [true], [{ success: 'sure' }]])('refuse %j', (data) => {
    expect(() => readSuccess(data)).toThrow('unreadable');
    expect(() => readRevoked(data)).toThrow('unreadable');
  });

  it.each([
    [{ success: false }, true],
    [{ success: '0' }, true],
    [false, true],
    [{ success: true }, false],
    [{ imported: 3 }, false],
    [true, false],
    [null, false],
    [[], false],
    ['ok', false],
  ])('only an explicit failure counts where the shape is unknown: %j', (data, failure) => {
    expect(isFailure(data)).toBe(failure);
  });
});

describe('readTokenNames', () => {
  it('reads a list of strings', () => {
    expect(readTokenNames(['push', 'sms'])).toEqual(['push', 'sms']);
    expect(readTokenNames([])).toEqual([]);
  });

  it('leaves out names that no import can have', () => {
    expect(readTokenNames(['', ' ', 'push', 'a\nb', '\u0085', '\ud800', 'x'.repeat(256)])).toEqual(['push']);
  });

  it.each([[{ a: 'push' }], [[1]], [null]])('refuses %j', (data) => {
    expect(() => readTokenNames(data)).toThrow('unreadable token name');
  });
});
