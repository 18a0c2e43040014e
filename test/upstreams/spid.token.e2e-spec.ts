import { inspect } from 'node:util';
import type { SpidSettings } from '../../src/config/settings/spid.settings.js';
import {
  MisconfiguredError,
  NotSentError,
  ThrottledError,
  UpstreamError,
} from '../../src/upstreams/transport/upstream.errors.js';
import {
  containerOf,
  errorContainer,
  give,
  grant,
  oauthError,
  ScriptedSpid,
  SpidUnderTest,
} from './spid.setup.js';

let spid: ScriptedSpid;
let origin: string;
const opened: SpidUnderTest[] = [];

beforeEach(async () => {
  spid = new ScriptedSpid();
  origin = await spid.upstream.start();
  spid.respond(200, containerOf({ productId: '1337', result: true }));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await spid.upstream.close();
});

function open(change?: Partial<SpidSettings>): SpidUnderTest {
  const under = new SpidUnderTest(origin, change);
  opened.push(under);
  return under;
}

const check = ({ client }: SpidUnderTest) => client.getProductAccess('42', '1337', { merchant: false });
const failureOf = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);

describe('the server token', () => {
  it('is requested with Basic credentials and sent as Bearer', async () => {
    await check(open());
    const [asked] = spid.tokenCalls;
    expect(asked).toMatchObject({ method: 'POST', body: 'grant_type=client_credentials' });
    expect(asked?.headers['authorization']).toBe(`Basic ${btoa('4e8463569caf7ca019000007:foobar')}`);
    expect(asked?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(spid.apiCalls[0]?.headers['authorization']).toBe('Bearer token-1');
    expect(spid.apiCalls[0]?.url).toBe('/api/2/user/42/product/1337');
  });

  it('is fetched once for 100 concurrent callers', async () => {
    const under = open();
    await Promise.all(Array.from({ length: 100 }, () => check(under)));
    expect(spid.tokenCalls).toHaveLength(1);
    expect(spid.apiCalls).toHaveLength(100);
  });

  it.each([
    [400, oauthError('invalid_client_credentials', '400 Bad Request')],
    [500, '<html>'],
    [200, '<html>'],
  ])(
    'is fetched once for all callers also when that fails with %i, and again for the next',
    async (status, body) => {
      const under = open();
      spid.token = (_, response) => give(response, status, body);
      const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => check(under)));
      expect(outcomes.every((each) => each.status === 'rejected')).toBe(true);
      // Fetching a token is safe to retry after a server error.
      const fetches = spid.tokenCalls.length;
      expect(fetches).toBe(status === 500 ? 2 : 1);
      expect(spid.apiCalls).toHaveLength(0);
      spid.token = (_, response) => give(response, 200, grant('token-after'));
      await expect(check(under)).resolves.toMatchObject({ granted: true });
      expect(spid.tokenCalls).toHaveLength(fetches + 1);
    },
  );

  it.each([
    [
      'opaque',
      {
        expires_in: 604_800,
        scope: null,
        user_id: false,
        is_admin: false,
        refresh_token: 'r',
        server_time: 1,
      },
    ],
    ['opaque of another client', { expires_in: 14_515_200, user_id: false }],
    ['with a lifetime as a string', { expires_in: '2419200', token_type: 'bearer' }],
    ['JWT', { expires_in: 900, scope: 'openid profile', token_type: 'Bearer' }],
  ])('SPiD F5, F6: is read from a response that is %s', async (_, rest) => {
    spid.token = (_request, response) => give(response, 200, { access_token: 'abc', ...rest });
    await expect(check(open())).resolves.toMatchObject({ granted: true });
    expect(spid.apiCalls[0]?.headers['authorization']).toBe('Bearer abc');
  });

  it('is renewed in the background while calls go on with the old one', async () => {
    const under = open();
    await check(under);
    under.clock.advance(850);
    await check(under);
    await spid.upstream.arrived(4);
    expect(spid.apiCalls.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer token-1',
      'Bearer token-1',
    ]);
    expect(spid.tokenCalls).toHaveLength(2);
  });

  it('is not sent once it has expired', async () => {
    const under = open();
    await check(under);
    under.clock.advance(900);
    expect(under.state.token?.state).toBe('expired');
    await check(under);
    expect(spid.apiCalls[1]?.headers['authorization']).toBe('Bearer token-2');
  });

  it('is reported as present or not, and never logged', async () => {
    const under = open();
    expect(under.state.token).toEqual({ state: 'none', expiresAt: null });
    spid.token = (_, response) => give(response, 200, grant('canary-token'));
    await check(under);
    expect(under.state.token).toMatchObject({ state: 'valid', expiresAt: expect.stringMatching(/Z$/) });
    spid.respond(500, '<html>');
    const error = await failureOf(check(under));
    const output = inspect([under, error], { depth: 12, showHidden: true }) + JSON.stringify(under.state);
    expect(output).not.toMatch(/canary-token|foobar/);
  });
});

describe('a call whose token is not granted', () => {
  it.each([
    [400, oauthError('invalid_client_credentials', '400 Bad Request')],
    [400, oauthError('invalid_client_id', '400 Bad Request')],
    [400, oauthError('invalid_client', 400)],
    [401, oauthError('invalid_client', '401')],
    [400, oauthError('invalid_scope')],
    [400, oauthError('unsupported_grant_type')],
    [400, oauthError('invalid_request')],
    [403, errorContainer(403, 'Requesting IP is not whitelisted')],
    [404, errorContainer(404, 'Unknown client ID')],
  ])('SPiD F3, F4: is misconfigured when our credentials are refused: %i %j', async (status, body) => {
    spid.token = (_, response) => give(response, status, body);
    await expect(open().client.handOutVoucher('42', '7')).rejects.toBeInstanceOf(MisconfiguredError);
    expect(spid.tokenCalls).toHaveLength(1);
    expect(spid.apiCalls).toHaveLength(0);
  });

  it.each([
    [500, oauthError('server_error')],
    [503, '<html>'],
    [404, '<html>'],
    [302, ''],
    [200, '{"access_token":'],
    [200, '{}'],
    [200, '[]'],
    [200, { error: 'invalid_client' }],
    [200, grant('')],
    [200, grant('two words')],
    [200, grant('line\r\nbreak')],
    [200, grant('tøken')],
    [200, { ...grant('a'), access_token: 5 }],
    [200, { ...grant('a'), token_type: 'mac' }],
    [200, grant('a', 0)],
    [200, grant('a', -1)],
    [200, grant('a', 1.5)],
    [200, grant('a', '1e9')],
    [200, grant('a', null)],
  ])('was not sent when the token endpoint gives no clear response: %i %j', async (status, body) => {
    spid.token = (_, response) => give(response, status, body);
    await expect(open().client.handOutVoucher('42', '7')).rejects.toBeInstanceOf(NotSentError);
    expect(spid.apiCalls).toHaveLength(0);
  });

  it('was not sent when the token endpoint closes the connection or cannot be reached', async () => {
    spid.token = (_, response) => void response.socket?.destroy();
    const under = open();
    await expect(under.client.handOutVoucher('42', '7')).rejects.toBeInstanceOf(NotSentError);
    await spid.upstream.close();
    await expect(under.client.handOutVoucher('42', '7')).rejects.toBeInstanceOf(NotSentError);
    expect(spid.apiCalls).toHaveLength(0);
  });

  it('was not sent when no token comes in time', async () => {
    spid.token = () => undefined;
    const under = open({ timeouts: { attemptMs: 100, totalMs: 200 } });
    await expect(under.client.handOutVoucher('42', '7')).rejects.toBeInstanceOf(NotSentError);
    expect(spid.apiCalls).toHaveLength(0);
  });

  it('SPiD F9: is throttled for the time of the token endpoint', async () => {
    const body = errorContainer(420, 'Request Ratelimit exceeded');
    spid.token = (_, response) => give(response, 420, { ...body, request: { reset: 120 } });
    const error = await failureOf(check(open()));
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterSeconds: 120 });
  });
});

describe('a refused token', () => {
  /** Refuses the first token with this response and accepts every other. */
  function refuseFirst(status: number, body: unknown): void {
    spid.script(({ headers }, response) => {
      if (headers.authorization === 'Bearer token-1') give(response, status, body);
      else give(response, 200, containerOf({ productId: '1337', result: true, success: true }));
    });
  }

  it.each(['invalid_token', 'expired_token'])(
    'SPiD F1: is replaced and the call retried, on %s',
    async (error) => {
      refuseFirst(401, oauthError(error));
      await expect(check(open())).resolves.toMatchObject({ granted: true });
      expect(spid.tokenCalls).toHaveLength(2);
      expect(spid.apiCalls).toHaveLength(2);
    },
  );

  it('SPiD F4: is replaced with any type of error_code, and for a write too, which was not executed', async () => {
    refuseFirst(401, oauthError('invalid_token', '400 Bad Request'));
    await expect(open().client.handOutVoucher('42', '7')).resolves.toBeUndefined();
    expect(spid.apiCalls.map(({ body }) => body)).toEqual([
      'userId=42&voucherGroupId=7',
      'userId=42&voucherGroupId=7',
    ]);
  });

  it('is replaced once for 50 concurrent refusals', async () => {
    const under = open();
    await check(under);
    refuseFirst(401, oauthError('expired_token'));
    await Promise.all(Array.from({ length: 50 }, () => check(under)));
    expect(spid.tokenCalls).toHaveLength(2);
  });

  it('is replaced once only: a second refusal means that something else is wrong', async () => {
    spid.respond(401, oauthError('invalid_token'));
    await expect(check(open())).rejects.toBeInstanceOf(MisconfiguredError);
    expect(spid.tokenCalls).toHaveLength(2);
    expect(spid.apiCalls).toHaveLength(2);
  });

  it('leaves the call not sent when no other can be fetched', async () => {
    refuseFirst(401, oauthError('expired_token'));
    spid.token = (_, response) => {
      if (spid.tokenCalls.length === 1) give(response, 200, grant('token-1'));
      else give(response, 500, '');
    };
    await expect(open().client.handOutVoucher('42', '7')).rejects.toBeInstanceOf(NotSentError);
    expect(spid.apiCalls).toHaveLength(1);
  });

  it.each([
    [401, errorContainer(401, "You don't have administration rights for this client.")],
    [401, errorContainer(401, "Your client doesn't have administration rights for this client.")],
    [401, errorContainer(401, 'invalid_token')],
    [401, oauthError('insufficient_scope')],
    [401, oauthError('invalid_request')],
    [403, oauthError('expired_token')],
    [403, errorContainer(403, 'Access token rejected')],
  ])('SPiD F2: is kept when the refusal is about something else: %i %j', async (status, body) => {
    const under = open();
    spid.respond(status, body);
    await expect(check(under)).rejects.toBeInstanceOf(MisconfiguredError);
    await expect(check(under)).rejects.toBeInstanceOf(MisconfiguredError);
    expect(spid.tokenCalls).toHaveLength(1);
    expect(spid.apiCalls).toHaveLength(2);
  });

  it('SPiD F2: is kept when a 401 is unreadable, and the call is not retried', async () => {
    spid.respond(401, '<html>Unauthorized</html>');
    const error = await failureOf(open().client.handOutVoucher('42', '7'));
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ name: 'NoTrustworthyResponseError', kind: 'garbled' });
    expect(spid.tokenCalls).toHaveLength(1);
    expect(spid.apiCalls).toHaveLength(1);
  });
});

describe('SpidClients', () => {
  it('refuses a tenant without SPiD and an unknown tenant', () => {
    const { clients } = open();
    expect(() => clients.of('without')).toThrow(MisconfiguredError);
    expect(() => clients.of('nobody')).toThrow(MisconfiguredError);
  });

  it('keeps one client per tenant', () => {
    const { clients, client } = open();
    expect(clients.of('demo')).toBe(client);
  });
});
