import { randomUUID } from 'node:crypto';
import { startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import type { Settings } from '../../src/config/settings/settings.js';
import { READ_ONLY_KEY, startGateway, type CallResponse, type TestGateway } from '../support/gateway.js';
import { HOSTILE_IDS } from '../support/hostile.ids.js';
import { SimulatorControl } from '../support/vendors/simulator.control.js';

let clock = Date.now();
let import2: SimulatorControl;
let gateway: TestGateway;
let log = '';

/** Gives the simulator a clock that jumps, so that only the test about the limit reaches the limit. */
function besideItsLimit(demo: Settings): Settings {
  const tenants = [...demo.tenants].map(([name, tenant]) => {
    const settings = { ...tenant.import2!, baseUrl: `${import2.url}/api/v2.1` };
    return [name, { ...tenant, import2: settings }] as const;
  });
  return { ...demo, tenants: new Map(tenants) };
}

function write(path: string, body?: unknown, idempotencyKey: string = randomUUID()): Promise<CallResponse> {
  return gateway.call('POST', path, { idempotencyKey, body });
}

async function create(body: object = {}): Promise<string> {
  const { status, body: started } = await write('/v1/migrations', { sourceTool: 'wordpress', ...body });
  expect(status).toBe(201);
  return (started as { id: string }).id;
}

beforeAll(async () => {
  const now = () => (clock += 1_000);
  import2 = new SimulatorControl(await startImport2Simulator({ port: 0, stepMs: Infinity, now }));
  gateway = await startGateway({ settings: besideItsLimit, log: { write: (line) => void (log += line) } });
});

afterEach(async () => {
  await import2.clearFaults();
  await import2.control('PUT', '/__quirks', { statusGeneration: 'v2.1', countsBeforeRead: 'zero' });
});

afterAll(async () => {
  await gateway.close();
  await import2.close();
});

describe('GET /v1/migration-tools', () => {
  it('lists the tools', async () => {
    const { status, body } = await gateway.call('GET', '/v1/migration-tools');
    expect(status).toBe(200);
    expect(body.items).toContainEqual({ name: 'wordpress', label: 'Wordpress' });
  });

  it('returns 502 when the response of the upstream cannot be parsed', async () => {
    await import2.fault('tools_list', 'garbled');
    const { status, body } = await gateway.call('GET', '/v1/migration-tools');
    expect({ status, type: body.type }).toEqual({ status: 502, type: '/docs/problems/upstream-garbled' });
    expect(body).not.toHaveProperty('outcome');
  });
});

describe('POST /v1/migrations', () => {
  it('Import2 F32: returns 201 with id, Location and redirect URL, but no token', async () => {
    const { status, headers, body } = await write('/v1/migrations', {
      sourceTool: 'highrise',
      destinationInstanceUrl: 'https://acme.example/',
      destinationUsername: 'anna@acme.example',
      destinationToken: 'customer-token',
      startFull: true,
    });
    const [effect] = await import2.effects('imports_create');
    expect(status).toBe(201);
    expect(body).toEqual({
      id: effect?.['migrationId'],
      redirectUrl: expect.stringMatching(/^https:\/\//),
    });
    expect(headers.get('location')).toBe(`/v1/migrations/${body.id}`);
  });

  it('requires only a source tool', async () => {
    await expect(create()).resolves.toMatch(/./);
  });

  it('logs neither the token nor the URL of the customer', async () => {
    const destinationToken = 'canary-destination-token';
    const { body } = await write('/v1/migrations', { sourceTool: 'tumblr', destinationToken });
    await import2.fault('imports_create', 'garbled');
    await write('/v1/migrations', { sourceTool: 'tumblr', destinationToken });
    await write('/v1/migrations', { sourceTool: 'abacus', destinationToken });
    expect(log).not.toContain('canary-destination-token');
    expect(log).not.toContain(body.redirectUrl);
  });

  it('Import2 F31: returns 422 with the refused fields under their names in this API', async () => {
    const { status, body, text } = await write('/v1/migrations', {
      sourceTool: 'abacus',
      destinationToken: 'refused',
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      type: '/docs/problems/upstream-rejected',
      outcome: 'not_executed',
      errors: [
        { pointer: '/sourceTool', detail: 'is not supported' },
        { pointer: '', detail: 'the destination account could not be accessed' },
      ],
    });
    expect(text).not.toContain('Demo CRM');
  });

  it.each([
    ['no source tool', {}, '/sourceTool'],
    ['an empty source tool', { sourceTool: '' }, '/sourceTool'],
    ['a source tool that is null', { sourceTool: null }, '/sourceTool'],
    ['a source tool without end', { sourceTool: 'x'.repeat(101) }, '/sourceTool'],
    ['half of a surrogate pair', { destinationUsername: 'a\ud800' }, '/destinationUsername'],
    [
      'half of a surrogate pair in an address',
      { destinationInstanceUrl: 'https://x/\udc00' },
      '/destinationInstanceUrl',
    ],
    ['an address that is none', { destinationInstanceUrl: 'acme' }, '/destinationInstanceUrl'],
    [
      'an address of another kind',
      { destinationInstanceUrl: 'ftp://acme.example/' },
      '/destinationInstanceUrl',
    ],
    [
      'an address with a password',
      { destinationInstanceUrl: 'https://anna:canary@acme.example/' },
      '/destinationInstanceUrl',
    ],
    ['a user name without end', { destinationUsername: 'x'.repeat(321) }, '/destinationUsername'],
    ['a user name in two lines', { destinationUsername: 'a\r\nb' }, '/destinationUsername'],
    ['an empty token', { destinationToken: '' }, '/destinationToken'],
    ['a token that is a number', { destinationToken: 7 }, '/destinationToken'],
    ['"false" for false', { startFull: 'false' }, '/startFull'],
    ['a field of the vendor', { destination_token: 'canary' }, '/destination_token'],
  ])('refuses %s and sends nothing', async (_, fields, pointer) => {
    const before = await import2.effects();
    const tool = pointer === '/sourceTool' ? {} : { sourceTool: 'tumblr' };
    const { status, body, text } = await write('/v1/migrations', { ...tool, ...fields });
    expect(status).toBe(400);
    expect(body).toMatchObject({ type: '/docs/problems/validation-failed', outcome: 'not_executed' });
    expect(body.errors).toMatchObject([{ pointer }]);
    expect(text).not.toContain('canary');
    expect(await import2.effects()).toEqual(before);
  });

  it('accepts the URL of a destination without a public host name', async () => {
    await expect(create({ destinationInstanceUrl: 'http://crm:8080/acme' })).resolves.toMatch(/./);
  });

  it.each(['reset-after', 'truncated', 'garbled', 'status-500'])(
    'Import2 F17: reports an unknown outcome after %s, without a retry',
    async (kind) => {
      const before = (await import2.effects('imports_create')).length;
      await import2.fault('imports_create', kind);
      const { status, body } = await write('/v1/migrations', { sourceTool: 'tumblr' });
      expect(status).toBe(504);
      expect(body).toMatchObject({ type: '/docs/problems/outcome-unknown', outcome: 'unknown' });
      const after = (await import2.effects('imports_create')).length;
      expect(after - before).toBe(kind === 'status-500' ? 0 : 1);
    },
  );

  it('Import2 F36: returns 503 with Retry-After and not_executed when the vendor is at its limit', async () => {
    await import2.fault('imports_create', 'status-429');
    const { status, headers, body } = await write('/v1/migrations', { sourceTool: 'tumblr' });
    expect(status).toBe(503);
    expect(body).toMatchObject({ type: '/docs/problems/upstream-throttled', outcome: 'not_executed' });
    expect(headers.get('retry-after')).toBe('1');
  });

  it('returns 502 when the vendor refuses the token, without details for the caller', async () => {
    await import2.fault('imports_create', 'status-401');
    const { status, body } = await write('/v1/migrations', { sourceTool: 'tumblr' });
    expect(status).toBe(502);
    expect(body).toMatchObject({ type: '/docs/problems/upstream-misconfigured', outcome: 'not_executed' });
    expect(body.detail).not.toMatch(/import2|401|token/i);
  });

  it('returns 422 without fields when the vendor refuses the request as malformed', async () => {
    await import2.fault('imports_create', 'status-400');
    const { status, body } = await write('/v1/migrations', { sourceTool: 'tumblr' });
    expect(status).toBe(422);
    expect(body).toMatchObject({ type: '/docs/problems/upstream-rejected', outcome: 'not_executed' });
  });

  it('returns 403 to a caller with a read scope only', async () => {
    const { status } = await gateway.call('POST', '/v1/migrations', {
      key: READ_ONLY_KEY,
      idempotencyKey: randomUUID(),
      body: { sourceTool: 'tumblr' },
    });
    expect(status).toBe(403);
  });
});

describe('GET /v1/migrations', () => {
  it('Import2 F38: lists the migrations of a destination username, and not those without one', async () => {
    const ids = [await create({ destinationUsername: 'f38' }), await create({ destinationUsername: 'f38' })];
    await create();
    const { status, body } = await gateway.call('GET', '/v1/migrations?destinationUsername=f38');
    expect(status).toBe(200);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(ids);
  });

  it('returns an empty list when there is none', async () => {
    const { status, body } = await gateway.call('GET', '/v1/migrations?destinationUsername=nobody');
    expect({ status, body }).toEqual({ status: 200, body: { items: [] } });
  });

  it.each(['', '?destinationUsername=', '?destinationUsername=a&destinationUsername=b'])(
    'Import2 F38: refuses the query "%s", because only the username finds migrations',
    async (query) => {
      const { status, body } = await gateway.call('GET', `/v1/migrations${query}`);
      expect(status).toBe(400);
      expect(body.errors).toMatchObject([{ pointer: '/query/destinationUsername' }]);
    },
  );

  it('refuses an unknown query parameter', async () => {
    const { status } = await gateway.call('GET', '/v1/migrations?destinationUsername=a&status=done');
    expect(status).toBe(400);
  });
});

describe('GET /v1/migrations/{id}', () => {
  it.each(['v2.1', 'v2'])('Import2 F29: returns the same status in the wording of %s', async (words) => {
    const id = await create();
    await import2.control('PUT', '/__quirks', { statusGeneration: words });
    await import2.control('POST', `/__migrations/${id}/advance`);
    await import2.control('POST', `/__migrations/${id}/advance`);
    const { status, body } = await gateway.call('GET', `/v1/migrations/${id}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      id,
      status: 'sample_in_progress',
      upstreamStatus: words === 'v2' ? 'Sample Import in Progress' : 'Sample migration in progress',
      items: { accounts: expect.any(Number), contacts: expect.any(Number) },
      users: {
        sourceTool: expect.any(Number),
        destinationTool: expect.any(Number),
        matched: expect.any(Number),
      },
    });
  });

  it('Import2 F32: never returns the token of a migration', async () => {
    const { body: started } = await write('/v1/migrations', {
      sourceTool: 'tumblr',
      destinationUsername: 'f32',
    });
    const token = new URL(started.redirectUrl).pathname.split('/').at(-1)!;
    const read = await gateway.call('GET', `/v1/migrations/${started.id}`);
    const list = await gateway.call('GET', '/v1/migrations?destinationUsername=f32');
    expect(read.text + list.text).not.toContain(token);
    expect(log).not.toContain(token);
  });

  it('has no counts while the vendor omits them', async () => {
    const id = await create();
    const { body } = await gateway.call('GET', `/v1/migrations/${id}`);
    expect(body).toMatchObject({ items: { accounts: 0 }, users: { sourceTool: 0, matched: 0 } });
    await import2.control('PUT', '/__quirks', { countsBeforeRead: 'absent' });
    const { body: later } = await gateway.call('GET', `/v1/migrations/${id}`);
    expect(later).toMatchObject({ status: 'collecting_credentials', items: null, users: null });
  });

  it('Import2 F33: returns 404 for a cancelled migration', async () => {
    const id = await create();
    await import2.control('POST', `/__migrations/${id}/cancel`);
    const { status, body } = await gateway.call('GET', `/v1/migrations/${id}`);
    expect({ status, type: body.type }).toEqual({ status: 404, type: '/docs/problems/migration-not-found' });
  });

  it.each(HOSTILE_IDS.filter(([, id]) => !/^4{65}$/.test(id)))('refuses the id %s', async (_shown, id) => {
    const { status } = await gateway.call('GET', `/v1/migrations/${id}`);
    expect([400, 404, 414]).toContain(status);
    expect((await gateway.call('POST', `/v1/migrations/${id}/payment/accept`)).status).not.toBe(200);
  });
});

describe('POST /v1/migrations/{id}/payment/accept and /reject', () => {
  it.each([
    ['accept', 'accepted'],
    ['reject', 'rejected'],
  ])(
    'Import2 F30: returns 200 to %s although the response of the vendor is empty',
    async (decision, payment) => {
      const id = await create();
      const { status, body } = await write(`/v1/migrations/${id}/payment/${decision}`);
      expect({ status, body }).toEqual({ status: 200, body: { migrationId: id, payment } });
      expect((await import2.effects(`payment_${decision}`)).at(-1)).toMatchObject({ migrationId: id });
    },
  );

  it.each(['accept', 'reject'])(
    'Import2 F30: returns 404 to %s of a migration that does not exist',
    async (decision) => {
      const { status, body } = await write(`/v1/migrations/none/payment/${decision}`);
      expect(status).toBe(404);
      expect(body).toMatchObject({ type: '/docs/problems/migration-not-found', outcome: 'not_executed' });
    },
  );

  it.each(['accept', 'reject'])(
    'Import2 F30: reports an unknown outcome of %s when its response is lost',
    async (decision) => {
      const id = await create();
      await import2.fault(`payment_${decision}`, 'reset-after');
      const { status, body } = await write(`/v1/migrations/${id}/payment/${decision}`);
      expect({ status, outcome: body.outcome }).toEqual({ status: 504, outcome: 'unknown' });
      expect(await import2.effects(`payment_${decision}`)).toContainEqual(
        expect.objectContaining({ migrationId: id }),
      );
    },
  );
});
