import { Secret } from '../../src/config/secrets/secret.js';
import type { SpidSettings } from '../../src/config/settings/spid.settings.js';
import { startSpidSimulator } from '../../src/simulators/spid/spid.simulator.js';
import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyResponseError,
  NotSentError,
  RejectedError,
  ThrottledError,
  VoucherUnavailableError,
} from '../../src/upstreams/transport/upstream.errors.js';
import { SimulatorControl } from '../support/vendors/simulator.control.js';
import { ScriptedUpstream } from './scripted.upstream.js';
import { SpidUnderTest } from './spid.setup.js';

const GROUP = '324673248';
const SIGNED: Partial<SpidSettings> = {
  clientId: '52f4cce0efd04b9d68000007',
  clientSecret: new Secret('barfoo'),
  signatureSecret: new Secret('a274de'),
  signedAnswers: 'required',
};

let simulator: SimulatorControl;
/** A proxy between client and simulator that counts every call, token requests included. */
let between: ScriptedUpstream;
let origin: string;
const opened: SpidUnderTest[] = [];

beforeEach(async () => {
  simulator = new SimulatorControl(await startSpidSimulator({ port: 0 }));
  between = new ScriptedUpstream(async ({ method, url, headers, body }, response) => {
    const { authorization = '', 'content-type': type = 'text/plain' } = headers;
    const forwarded = {
      method,
      headers: { authorization, 'content-type': type },
      ...(body === '' ? {} : { body }),
    };
    const received = await fetch(simulator.url + url, forwarded);
    response.writeHead(received.status, { 'content-type': 'application/json' }).end(await received.text());
  });
  origin = await between.start();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await between.close();
  await simulator.close();
});

/** Connects to the simulator directly by default, or through the counting proxy. */
function open(change: Partial<SpidSettings> = {}, baseUrl = simulator.url): SpidUnderTest {
  const under = new SpidUnderTest(baseUrl, change);
  opened.push(under);
  return under;
}

const tokenCalls = () => between.seen.filter(({ url }) => url === '/oauth/token').length;

describe.each([
  ['a plain client', {}],
  ['a client with signed responses', SIGNED],
] as const)('%s against the simulator', (_, settings) => {
  it('checks, grants, lists and revokes a product', async () => {
    const { client } = open(settings);
    const ask = () => client.getProductAccess('938029', '1337', { merchant: false });
    await expect(ask()).resolves.toEqual({ productId: '1337', granted: false, subscription: null });
    await expect(client.grantProduct('938029', '1337')).resolves.toMatchObject({
      productId: '1337',
      granted: true,
    });
    await expect(ask()).resolves.toMatchObject({ granted: true });
    await expect(client.listEntitlements('938029', [])).resolves.toMatchObject([
      { productId: '1337', status: 'available', count: 1, orderId: null },
    ]);
    await expect(client.revokeProduct('938029', '1337')).resolves.toBeUndefined();
    await expect(ask()).resolves.toMatchObject({ granted: false });
    await expect(client.listEntitlements('938029', ['expired'])).resolves.toMatchObject([
      { status: 'deleted' },
    ]);
    const effects = await simulator.effects();
    expect(effects.map(({ operation }) => operation)).toEqual(['product_grant', 'product_revoke']);
  });

  it('SPiD F10: lists an empty map as an empty list', async () => {
    const { client } = open(settings);
    await expect(client.listEntitlements('938029', [])).resolves.toEqual([]);
    await expect(client.listSubscriptions('42')).resolves.toEqual([]);
  });

  it('finds a product by its alias', async () => {
    const { client } = open(settings);
    const access = await client.getProductAccess('42', 'premium', { merchant: true });
    expect(access).toEqual({ productId: '1337', granted: true, subscription: null });
  });

  it('hands out, draws and reads vouchers', async () => {
    const { client } = open(settings);
    await client.handOutVoucher('42', GROUP);
    const drawn = await client.drawVouchers(GROUP, 3);
    expect(new Set(drawn.map(({ code }) => code)).size).toBe(3);
    const voucher = await client.getVoucher(drawn[0]?.code ?? '');
    expect(voucher).toMatchObject({ status: 'handed_out', userId: null, group: { id: GROUP, unique: true } });
    await expect(client.getVoucherGroup(GROUP)).resolves.toMatchObject({ availableVouchers: 996 });
    await client.generateVouchers(GROUP, 5);
    await expect(client.getVoucherGroup(GROUP)).resolves.toMatchObject({ generatedVouchers: 1_005 });
  });

  it('creates, finds and changes a voucher group', async () => {
    const { client } = open(settings);
    const made = await client.createVoucherGroup({
      title: 'Été & co',
      type: 'payment',
      unique: true,
      limit: 10,
    });
    expect(made).toMatchObject({ title: 'Été & co', type: 'payment', unique: true, limit: 10 });
    await client.updateVoucherGroup(made.id, { title: 'Hiver' });
    await expect(client.listVoucherGroups({ title: 'Hiver' })).resolves.toMatchObject([
      { id: made.id, limit: 10 },
    ]);
    await expect(client.listVoucherGroups({ title: 'Été & co' })).resolves.toEqual([]);
  });

  it('imports tokens and lists their names', async () => {
    const { client } = open(settings);
    await client.importTokens('push', [123, 'string', '1as']);
    await expect(client.listTokenNames()).resolves.toEqual(['push']);
    await expect(simulator.effects('injectable_import')).resolves.toHaveLength(1);
  });
});

describe('times', () => {
  it('SPiD F21: are converted from the zone of the vendor', async () => {
    const before = Date.now();
    const { client } = open();
    await client.grantProduct('938029', '1337');
    const [entitlement] = await client.listEntitlements('938029', []);
    const granted = Date.parse(entitlement?.createdAt ?? '');
    expect(Math.abs(granted - before)).toBeLessThan(60_000);
    const [subscription] = await client.listSubscriptions('100003');
    expect(subscription).toMatchObject({ status: 'active', productName: 'Plus månadsprenumeration' });
  });
});

describe('the server token', () => {
  it('is fetched once for 60 concurrent callers, and again once when all are revoked', async () => {
    const { client } = open({}, origin);
    const burst = () => Promise.all(Array.from({ length: 60 }, () => client.listEntitlements('42', [])));
    await burst();
    expect(tokenCalls()).toBe(1);
    await simulator.control('POST', '/__tokens/revoke');
    await burst();
    expect(tokenCalls()).toBe(2);
    await simulator.control('POST', '/__tokens/expire');
    await burst();
    expect(tokenCalls()).toBe(3);
  });

  it('that expires under a write is replaced, and the write is executed once', async () => {
    const { client } = open({}, origin);
    await client.listEntitlements('42', []);
    await simulator.control('POST', '/__tokens/expire');
    await client.handOutVoucher('42', GROUP);
    await expect(simulator.effects('voucher_handout')).resolves.toHaveLength(1);
    expect(tokenCalls()).toBe(2);
  });

  it.each(['status-500', 'reset-before', 'reset-after', 'garbled', 'truncated'])(
    'that cannot be fetched because of %s leaves a write not sent',
    async (kind) => {
      await simulator.fault('token', kind, 2);
      await expect(open().client.handOutVoucher('42', GROUP)).rejects.toBeInstanceOf(NotSentError);
      await expect(simulator.effects()).resolves.toEqual([]);
    },
  );

  it('SPiD F3: with a wrong secret or an unknown client is misconfigured', async () => {
    const wrong = open({ clientSecret: new Secret('wrong') });
    await expect(wrong.client.listTokenNames()).rejects.toBeInstanceOf(MisconfiguredError);
    const unknown = open({ clientId: 'nobody' });
    await expect(unknown.client.listTokenNames()).rejects.toBeInstanceOf(MisconfiguredError);
  });
});

describe('a fault', () => {
  const HASTY = { timeouts: { attemptMs: 1_000, totalMs: 5_000 } };

  it.each([
    ['reset-before', 0],
    ['status-500', 0],
    ['reset-after', 1],
    ['garbled', 1],
    ['truncated', 1],
    ['hang-after', 1],
  ])(
    'SPiD F17: a handout under %s has an unknown outcome after one attempt, with %i effects',
    async (kind, effects) => {
      const { client } = open(HASTY);
      await client.listEntitlements('42', []);
      await simulator.fault('voucher_handout', kind);
      await expect(client.handOutVoucher('42', GROUP)).rejects.toBeInstanceOf(NoTrustworthyResponseError);
      await expect(simulator.effects('voucher_handout')).resolves.toHaveLength(effects);
    },
  );

  it.each(['reset-before', 'status-503', 'reset-after', 'truncated', 'hang-after'])(
    'a read survives one %s',
    async (kind) => {
      const { client } = open(HASTY);
      await simulator.fault('products_list', kind);
      await expect(client.listEntitlements('42', [])).resolves.toHaveLength(1);
    },
  );

  it('SPiD F9: the limit of the vendor is reported with its time', async () => {
    await simulator.control('PUT', '/__limits', { limit: 1, periodSeconds: 600 });
    const { client } = open();
    await client.listTokenNames();
    const error: unknown = await client.handOutVoucher('42', GROUP).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ThrottledError);
    expect((error as ThrottledError).retryAfterSeconds).toBeGreaterThan(500);
    await expect(simulator.effects()).resolves.toEqual([]);
  });
});

describe('variants of the vendor', () => {
  it.each([
    [{ productAccessNone: 'result-false' }],
    [{ errorEnvelope: 'bare' }],
    [{ errorDescription: 'object' }],
    [{ errorEnvelope: 'bare', errorDescription: 'object' }],
  ])('SPiD F7, F12: no access is no access with %j', async (quirk) => {
    await simulator.control('PUT', '/__quirks', quirk);
    const access = await open().client.getProductAccess('42', '301694', { merchant: false });
    expect(access).toEqual({ productId: '301694', granted: false, subscription: null });
  });

  it.each(['digital-content', 'success'])('SPiD F13: a revocation may return %s', async (revokeAnswer) => {
    await simulator.control('PUT', '/__quirks', { revokeAnswer });
    const { client } = open();
    await client.revokeProduct('42', '1337');
    await expect(client.revokeProduct('42', '1337')).rejects.toBeInstanceOf(RejectedError);
  });

  it.each([
    ['success-false', VoucherUnavailableError],
    ['404', MissingError],
    ['500', NoTrustworthyResponseError],
  ])('SPiD F15: a group without a voucher may return %s', async (voucherHandoutEmpty, type) => {
    await simulator.control('PUT', '/__quirks', { voucherHandoutEmpty });
    const { client } = open();
    const { id } = await client.createVoucherGroup({ title: 'Empty', type: 'payment', unique: true });
    await expect(client.handOutVoucher('42', id)).rejects.toBeInstanceOf(type);
    await expect(client.drawVouchers(id, 1)).rejects.toBeInstanceOf(VoucherUnavailableError);
  });

  it.each([
    [{ tokenScope: 'insufficient' }],
    [{ callerIp: 'not-whitelisted' }],
    [{ endpointAccess: 'closed' }],
  ])('SPiD F2: %j is a misconfiguration, and fetches no new token', async (quirk) => {
    await simulator.control('PUT', '/__quirks', quirk);
    const { client } = open({}, origin);
    await expect(client.handOutVoucher('42', GROUP)).rejects.toBeInstanceOf(MisconfiguredError);
    expect(tokenCalls()).toBe(1);
    await expect(simulator.effects()).resolves.toEqual([]);
  });

  it('SPiD F40: an unidentifiable address is a 500, which leaves the outcome of a write unknown', async () => {
    await simulator.control('PUT', '/__quirks', { callerIp: 'not-identifiable' });
    await expect(open().client.handOutVoucher('42', GROUP)).rejects.toMatchObject({ kind: 'server-error' });
  });

  it.each(['missing', 'wrong', 'unknown-algorithm'])(
    'SPiD F22: a signature that is %s is not trusted',
    async (signature) => {
      await simulator.control('PUT', '/__quirks', { signature });
      await expect(open(SIGNED).client.listTokenNames()).rejects.toMatchObject({ kind: 'garbled' });
    },
  );

  it('SPiD F8: missing things are distinguished', async () => {
    const { client } = open();
    const missing = (thing: string) => expect.objectContaining({ name: 'MissingError', missing: thing });
    await expect(client.grantProduct('1', '1337')).rejects.toEqual(missing('user'));
    await expect(client.grantProduct('777001', '1337')).rejects.toEqual(missing('user'));
    await expect(client.grantProduct('42', '1')).rejects.toEqual(missing('product'));
    await expect(client.handOutVoucher('1', GROUP)).rejects.toEqual(missing('user'));
    await expect(client.handOutVoucher('42', '1')).rejects.toEqual(missing('voucher-group'));
    await expect(client.drawVouchers('324673249', 1)).rejects.toEqual(missing('voucher-group'));
    await expect(client.getVoucher('no-such-code')).rejects.toEqual(missing('voucher'));
    await expect(client.grantProduct('42', '10013')).rejects.toBeInstanceOf(RejectedError);
    await expect(client.drawVouchers(GROUP, 1_001)).rejects.toBeInstanceOf(VoucherUnavailableError);
  });
});
