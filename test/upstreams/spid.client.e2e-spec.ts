import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { Secret } from '../../src/config/secrets/secret.js';
import type { SpidSettings } from '../../src/config/settings/spid.settings.js';
import type { SpidClient } from '../../src/upstreams/spid/spid.client.js';
import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyResponseError,
  RejectedError,
  ThrottledError,
  UpstreamError,
  VoucherUnavailableError,
} from '../../src/upstreams/transport/upstream.errors.js';
import { containerOf, errorContainer, give, oauthError, ScriptedSpid, SpidUnderTest } from './spid.setup.js';

let spid: ScriptedSpid;
let origin: string;
const opened: SpidUnderTest[] = [];

beforeEach(async () => {
  spid = new ScriptedSpid();
  origin = await spid.upstream.start();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await spid.upstream.close();
});

function client(change?: Partial<SpidSettings>): SpidClient {
  const under = new SpidUnderTest(origin, change);
  opened.push(under);
  return under.client;
}

const ACCESS = { productId: '1337', result: true };
const GROUP = { voucherGroupId: '7', title: 'Été', type: '8', unique: '1', created: '2024-01-10 12:00:00' };
const VOUCHER = { voucherId: '5', voucherGroupId: '7', voucherCode: '9-ABCD', type: '8', status: '1' };

type Call = readonly [
  name: string,
  request: string,
  data: unknown,
  send: (client: SpidClient) => Promise<unknown>,
];

const READS: readonly Call[] = [
  [
    ...(['getProductAccess', 'GET /api/2/user/42/product/1337', ACCESS] as const),
    (c) => c.getProductAccess('42', '1337', { merchant: false }),
  ],
  [
    ...([
      'getProductAccess by alias',
      'GET /api/2/user/42/product/premium?filters=merchant',
      ACCESS,
    ] as const),
    (c) => c.getProductAccess('42', 'premium', { merchant: true }),
  ],
  ['listEntitlements', 'GET /api/2/user/42/products', [], (c) => c.listEntitlements('42', [])],
  [
    ...(['listEntitlements by status', 'GET /api/2/user/42/products?filters=active%2Cexpired', {}] as const),
    (c) => c.listEntitlements('42', ['active', 'expired']),
  ],
  ['listSubscriptions', 'GET /api/2/user/42/subscriptions', [], (c) => c.listSubscriptions('42')],
  [
    ...([
      'listVoucherGroups',
      'GET /api/2/vouchers/groups?title=a+b&limit=10&offset=20&type=5',
      [GROUP],
    ] as const),
    (c) => c.listVoucherGroups({ title: 'a b', limit: 10, offset: 20, type: 'campaign' }),
  ],
  ['getVoucherGroup', 'GET /api/2/vouchers/group/7', GROUP, (c) => c.getVoucherGroup('7')],
  ['getVoucher', 'GET /api/2/voucher/9-ABCD', VOUCHER, (c) => c.getVoucher('9-ABCD')],
  ['listTokenNames', 'GET /api/2/injectable/names', ['push'], (c) => c.listTokenNames()],
];

const WRITES: readonly Call[] = [
  ['grantProduct', 'POST /api/2/user/42/product/1337 ', ACCESS, (c) => c.grantProduct('42', '1337')],
  [
    'revokeProduct',
    'DELETE /api/2/user/42/product/1337',
    { success: true },
    (c) => c.revokeProduct('42', '1337'),
  ],
  [
    ...([
      'handOutVoucher',
      'POST /api/2/voucher_handout userId=42&voucherGroupId=7',
      { success: true },
    ] as const),
    (c) => c.handOutVoucher('42', '7'),
  ],
  [
    ...([
      'createVoucherGroup',
      'POST /api/2/vouchers/group title=%C3%89t%C3%A9&type=8&unique=1',
      GROUP,
    ] as const),
    (c) => c.createVoucherGroup({ title: 'Été', type: 'payment', unique: true }),
  ],
  [
    ...(['updateVoucherGroup', 'POST /api/2/vouchers/group/7 limit=5', GROUP] as const),
    (c) => c.updateVoucherGroup('7', { limit: 5 }),
  ],
  [
    ...(['generateVouchers', 'POST /api/2/vouchers/generate/7 amount=3', { success: true }] as const),
    (c) => c.generateVouchers('7', 3),
  ],
  ['drawVouchers', 'POST /api/2/vouchers/handout/7 amount=2', [VOUCHER], (c) => c.drawVouchers('7', 2)],
  [
    ...([
      'importTokens',
      'POST /api/2/injectable/import tokenName=push&content=%5B1%2C%22a%22%5D',
      {},
    ] as const),
    (c) => c.importTokens('push', [1, 'a']),
  ],
];

const failureOf = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);

describe('every call', () => {
  it.each([...READS, ...WRITES])(
    'SPiD F18, F23, F24, F27: %s is sent as %s and accepts any 2xx',
    async (...call) => {
      const [, request, data, send] = call;
      spid.respond(201, containerOf(data));
      await send(client());
      const [seen, ...others] = spid.apiCalls;
      expect(others).toEqual([]);
      const body = seen?.method === 'POST' ? ` ${seen.body}` : '';
      expect(`${seen?.method} ${seen?.url}${body}`).toBe(request);
      const type = seen?.method === 'POST' ? 'application/x-www-form-urlencoded' : undefined;
      expect(seen?.headers['content-type']).toBe(type);
      expect(seen?.headers['authorization']).toBe('Bearer token-1');
    },
  );

  it.each(WRITES)(
    'SPiD F17: %s is never retried after a server error or a lost response',
    async (_name, _request, _data, send) => {
      spid.respond(500, '<html>');
      await expect(send(client())).rejects.toMatchObject({ kind: 'server-error' });
      spid.script((_, response) => void response.socket?.destroy());
      await expect(send(client())).rejects.toMatchObject({ kind: 'lost' });
      expect(spid.apiCalls).toHaveLength(2);
    },
  );

  it.each(READS)('%s is retried once after a server error', async (_name, _request, _data, send) => {
    spid.respond(500, '<html>');
    await expect(send(client())).rejects.toMatchObject({ kind: 'server-error' });
    expect(spid.apiCalls).toHaveLength(2);
  });

  it.each([...READS, ...WRITES])(
    '%s does not trust an unreadable response',
    async (_name, _request, _data, send) => {
      const hostile = [
        '',
        '<html>',
        'callback({});',
        '[]',
        'null',
        '{"name":"SPP Container"',
        '['.repeat(5e5),
        containerOf('text'),
        containerOf({ code: 'canary' }),
        containerOf(7),
        containerOf(null, { name: 'x' }),
      ].filter((body) => !(send === IMPORT && typeof body === 'object' && body['name'] === 'SPP Container'));
      const one = client();
      for (const body of hostile) {
        spid.respond(200, body);
        await expect(send(one)).rejects.toMatchObject({
          name: 'NoTrustworthyResponseError',
          kind: 'garbled',
        });
      }
      expect(spid.apiCalls).toHaveLength(hostile.length);
    },
  );

  it.each([...READS, ...WRITES])(
    'SPiD F1, F8, F40: %s throws nothing but UpstreamErrors',
    async (_name, _request, _data, send) => {
      const bodies = [
        errorContainer(0, 'canary text'),
        errorContainer(0, { field: 'canary text' }),
        oauthError('canary'),
        { error: { description: 'canary text' } },
        { error: 'canary text' },
        'canary text',
        '',
      ];
      const responses = [200, 302, 400, 401, 403, 404, 409, 418, 420, 500, 503].flatMap((status) =>
        bodies.map((body) => [status, body] as const),
      );
      let given = 0;
      spid.script((_, response) => give(response, ...responses[given++ % responses.length]!));
      const one = client();
      const errors = await Promise.all(responses.map(() => failureOf(send(one))));
      expect(given).toBeGreaterThanOrEqual(responses.length);
      for (const error of errors) {
        expect(error).toBeInstanceOf(UpstreamError);
        expect(inspect(error, { depth: 9 })).not.toContain('canary text');
      }
    },
  );

  it.each([...READS, ...WRITES])(
    'SPiD F9: %s is throttled for the time in the body',
    async (_name, _request, _data, send) => {
      const body = errorContainer(420, 'Request Ratelimit exceeded');
      spid.respond(420, { ...body, request: { reset: 3_537, limit: 3_600, remaining: 0 } });
      const error = await failureOf(send(client()));
      expect(error).toBeInstanceOf(ThrottledError);
      expect(error).toMatchObject({ retryAfterSeconds: 3_537 });
      expect(spid.apiCalls).toHaveLength(1);
    },
  );
});

const IMPORT = WRITES.at(-1)?.[3];

describe('ids', () => {
  it.each(['..', '.', '', '\ud800', 'x.jsonp'])(
    'SPiD F27: %j is refused before anything is sent',
    async (id) => {
      const one = client();
      for (const work of [one.grantProduct(id, '1337'), one.getVoucher(id), one.drawVouchers(id, 1)]) {
        await expect(work).rejects.toBeInstanceOf(RejectedError);
      }
      expect(spid.upstream.seen).toEqual([]);
    },
  );

  it('stay in their path segment', async () => {
    spid.respond(200, containerOf(VOUCHER));
    await client().getVoucher('../%2f;a?b=c#d');
    expect(spid.apiCalls[0]?.url).toBe('/api/2/voucher/..%2F%252f%3Ba%3Fb%3Dc%23d');
  });
});

describe('product access', () => {
  const NO_ACCESS = { productId: '1337', granted: false, subscription: null };
  const ask = () => client().getProductAccess('42', '1337', { merchant: false });

  it.each([
    [404, errorContainer(404, 'No access to that product.')],
    [404, { error: { code: 404, type: 'ApiException', description: 'No access to that product.' } }],
    [404, errorContainer(404, { product: 'no access to that product' })],
    [200, containerOf({ productId: '1337', result: false })],
  ])('SPiD F12: none is a result, not an error: %i %j', async (status, body) => {
    spid.respond(status, body);
    await expect(ask()).resolves.toEqual(NO_ACCESS);
  });

  it.each([
    [404, 'User not found', 'user'],
    [404, 'Product not found', 'product'],
    [403, 'Token is not authorized to access this user.', 'user'],
    [503, 'Token is not authorized to access this user', 'user'],
  ])('SPiD F8, F40: %i "%s" means that the %s is missing', async (status, text, missing) => {
    spid.respond(status, errorContainer(status, text));
    const error = await failureOf(ask());
    expect(error).toBeInstanceOf(MissingError);
    expect(error).toMatchObject({ missing });
  });

  it('SPiD F25: is read with any container type', async () => {
    spid.respond(200, containerOf(ACCESS, { type: 'collection', meta: null }));
    await expect(ask()).resolves.toMatchObject({ granted: true });
  });

  it('that was not granted or not removed is rejected', async () => {
    const one = client();
    spid.respond(400, errorContainer(400, 'Was not able to grant access'));
    await expect(one.grantProduct('42', '1337')).rejects.toBeInstanceOf(RejectedError);
    spid.respond(200, containerOf({ productId: '1337', result: false }));
    await expect(one.grantProduct('42', '1337')).rejects.toBeInstanceOf(RejectedError);
    spid.respond(400, errorContainer(400, 'Was not able to remove access'));
    await expect(one.revokeProduct('42', '1337')).rejects.toBeInstanceOf(RejectedError);
    spid.respond(200, containerOf({ success: false }));
    await expect(one.revokeProduct('42', '1337')).rejects.toBeInstanceOf(RejectedError);
  });

  it('SPiD F13: is revoked when the vendor returns the content instead of a flag', async () => {
    spid.respond(200, containerOf({ productId: '1337', status: '-1', count: '0', orderId: '0' }));
    await expect(client().revokeProduct('42', '1337')).resolves.toBeUndefined();
  });
});

describe('vouchers', () => {
  it.each([
    [404, errorContainer(404, 'Missing required userId and/or voucherGroupId parameters'), RejectedError],
    [404, errorContainer(404, 'User not found'), MissingError],
    [404, errorContainer(404, 'Voucher group not found, or handouts not enabled'), MissingError],
    [403, errorContainer(403, 'Client does not have access to this voucher group'), MissingError],
    [200, containerOf({ success: false }), VoucherUnavailableError],
    [200, containerOf({ success: '0' }), VoucherUnavailableError],
    [
      401,
      errorContainer(401, "Your client doesn't have administration rights for this client."),
      MisconfiguredError,
    ],
    [404, errorContainer(404, 'Out of vouchers'), NoTrustworthyResponseError],
    [404, '<html>Not Found</html>', NoTrustworthyResponseError],
    [500, errorContainer(500, 'Internal Server Error'), NoTrustworthyResponseError],
    [302, '', NoTrustworthyResponseError],
    [200, containerOf([]), NoTrustworthyResponseError],
    [200, containerOf({}), NoTrustworthyResponseError],
  ])('SPiD F14, F15: a handout with the response %i %j', async (status, body, type) => {
    spid.respond(status, body);
    const error = await failureOf(client().handOutVoucher('42', '7'));
    expect(error).toBeInstanceOf(type);
    expect(spid.apiCalls).toHaveLength(1);
  });

  it.each([
    [
      'The requested amount exceeds the available amount. See error object for actual numbers.',
      VoucherUnavailableError,
    ],
    [{ amount: 'The requested amount exceeds the available amount.', available: 2 }, VoucherUnavailableError],
    ['Handout failed', NoTrustworthyResponseError],
    ['Something new', NoTrustworthyResponseError],
    ['Voucher group not found', MissingError],
  ])('SPiD F7, F8: a draw that fails with %j', async (description, type) => {
    spid.respond(404, errorContainer(404, description));
    await expect(client().drawVouchers('7', 3)).rejects.toBeInstanceOf(type);
  });

  it('SPiD F16: drawn codes are returned even when they are fewer than requested', async () => {
    spid.respond(200, containerOf([VOUCHER, { ...VOUCHER, voucherId: '6', voucherCode: '9-EFGH' }]));
    const drawn = await client().drawVouchers('7', 3);
    expect(drawn.map(({ code }) => code)).toEqual(['9-ABCD', '9-EFGH']);
  });

  it('SPiD F10: an empty draw means that none is left', async () => {
    spid.respond(200, containerOf([]));
    await expect(client().drawVouchers('7', 3)).rejects.toBeInstanceOf(VoucherUnavailableError);
  });

  it.each([
    [404, errorContainer(404, 'Failed to generate vouchers, see error object for further details')],
    [200, containerOf({ success: false })],
  ])('a failure to generate leaves the outcome unknown: %i %j', async (status, body) => {
    spid.respond(status, body);
    await expect(client().generateVouchers('7', 3)).rejects.toMatchObject({ kind: 'ambiguous' });
  });

  it('a group that cannot be created or changed is rejected', async () => {
    const one = client();
    spid.respond(400, errorContainer(400, 'Set generator used, but no client voucher prefix set'));
    await expect(one.createVoucherGroup({ title: 'a', type: 'payment' })).rejects.toBeInstanceOf(
      MisconfiguredError,
    );
    spid.respond(404, errorContainer(404, 'Voucher group could not be updated'));
    await expect(one.updateVoucherGroup('7', { title: 'a' })).rejects.toBeInstanceOf(RejectedError);
  });

  it('a code whose group is hidden is a missing voucher', async () => {
    spid.respond(403, errorContainer(403, 'Client does not have access to this voucher group'));
    await expect(client().getVoucher('9-ABCD')).rejects.toMatchObject({ missing: 'voucher' });
  });

  it('a reported failure of a token import leaves the outcome unknown', async () => {
    spid.respond(200, containerOf({ success: false }));
    await expect(client().importTokens('push', [1])).rejects.toMatchObject({ kind: 'ambiguous' });
  });
});

describe('a signed response', () => {
  const SIGNED = { signedAnswers: 'required', signatureSecret: new Secret('sign-me') } as const;

  function signed(data: unknown, key = 'sign-me') {
    const encoded = Buffer.from(JSON.stringify(data)).toString('base64url');
    const sig = createHmac('sha256', key).update(encoded).digest('base64url');
    return containerOf(encoded, { algorithm: 'HMAC-SHA256', sig });
  }

  it.each([...READS, ...WRITES])('SPiD F22: is read by %s', async (_name, _request, data, send) => {
    spid.respond(200, signed(data));
    await send(client(SIGNED));
    expect(spid.apiCalls).toHaveLength(1);
  });

  it.each([...READS, ...WRITES])('SPiD F22: is required by %s', async (_name, _request, data, send) => {
    const one = client(SIGNED);
    for (const body of [signed(data, 'foobar'), containerOf(data), { ...signed(data), algorithm: 'none' }]) {
      spid.respond(200, body);
      await expect(send(one)).rejects.toMatchObject({ name: 'NoTrustworthyResponseError', kind: 'garbled' });
    }
    expect(spid.apiCalls).toHaveLength(3);
  });
});
