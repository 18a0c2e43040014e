import { randomUUID } from 'node:crypto';
import { startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import type { Settings } from '../../src/config/settings.js';
import { READ_ONLY_KEY, startGateway, type CallAnswer, type TestGateway } from '../support/gateway.js';
import { HOSTILE_IDS } from '../support/hostile.ids.js';
import { SimulatorControl } from '../support/simulator.control.js';

let clock = Date.now();
let import2: SimulatorControl;
let gateway: TestGateway;
let log = '';

/** Sends the gateway to a vendor whose clock jumps, so that only the test about the limit meets the limit. */
function besideItsLimit(demo: Settings): Settings {
  const tenants = [...demo.tenants].map(([name, tenant]) => {
    const settings = { ...tenant.import2!, baseUrl: `${import2.url}/api/v2.1` };
    return [name, { ...tenant, import2: settings }] as const;
  });
  return { ...demo, tenants: new Map(tenants) };
}

function write(path: string, body?: unknown, idempotencyKey: string = randomUUID()): Promise<CallAnswer> {
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

describe('migration tools', () => {
  it('lists what customers can be moved from', async () => {
    const { status, body } = await gateway.call('GET', '/v1/migration-tools');
    expect(status).toBe(200);
    expect(body.items).toContainEqual({ name: 'wordpress', label: 'Wordpress' });
  });

  it('answers 502 when the upstream answers something unreadable', async () => {
    await import2.fault('tools_list', 'garbled');
    const { status, body } = await gateway.call('GET', '/v1/migration-tools');
    expect({ status, type: body.type }).toEqual({ status: 502, type: '/docs/problems/upstream-garbled' });
    expect(body).not.toHaveProperty('outcome');
  });
});

describe('starting a migration', () => {
  it('Import2 F32: answers 201 with its id, its path and where to send the customer, but no token', async () => {
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

  it('needs no more than a source tool', async () => {
    await expect(create()).resolves.toMatch(/./);
  });

  it('writes neither the token nor the address of the customer into the log', async () => {
    const destinationToken = 'canary-destination-token';
    const { body } = await write('/v1/migrations', { sourceTool: 'tumblr', destinationToken });
    await import2.fault('imports_create', 'garbled');
    await write('/v1/migrations', { sourceTool: 'tumblr', destinationToken });
    await write('/v1/migrations', { sourceTool: 'abacus', destinationToken });
    expect(log).not.toContain('canary-destination-token');
    expect(log).not.toContain(body.redirectUrl);
  });

  it('Import2 F31: answers 422 with the refused fields in the spelling and words of this API', async () => {
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

  it('takes an address of a destination that has no public name', async () => {
    await expect(create({ destinationInstanceUrl: 'http://crm:8080/acme' })).resolves.toMatch(/./);
  });

  it.each(['reset-after', 'truncated', 'garbled', 'status-500'])(
    'Import2 F17: does not know what became of it after %s, and does not try again',
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

  it('Import2 F36: answers 503 with a time to wait when the vendor is at its limit, and nothing was executed', async () => {
    await import2.fault('imports_create', 'status-429');
    const { status, headers, body } = await write('/v1/migrations', { sourceTool: 'tumblr' });
    expect(status).toBe(503);
    expect(body).toMatchObject({ type: '/docs/problems/upstream-throttled', outcome: 'not_executed' });
    expect(headers.get('retry-after')).toBe('1');
  });

  it('answers 502 when the vendor refuses our token, and tells the caller nothing of it', async () => {
    await import2.fault('imports_create', 'status-401');
    const { status, body } = await write('/v1/migrations', { sourceTool: 'tumblr' });
    expect(status).toBe(502);
    expect(body).toMatchObject({ type: '/docs/problems/upstream-misconfigured', outcome: 'not_executed' });
    expect(body.detail).not.toMatch(/import2|401|token/i);
  });

  it('answers 422 without fields when the vendor calls the request broken', async () => {
    await import2.fault('imports_create', 'status-400');
    const { status, body } = await write('/v1/migrations', { sourceTool: 'tumblr' });
    expect(status).toBe(422);
    expect(body).toMatchObject({ type: '/docs/problems/upstream-rejected', outcome: 'not_executed' });
  });

  it('is not for a caller that may only read', async () => {
    const { status } = await gateway.call('POST', '/v1/migrations', {
      key: READ_ONLY_KEY,
      idempotencyKey: randomUUID(),
      body: { sourceTool: 'tumblr' },
    });
    expect(status).toBe(403);
  });
});

describe('finding migrations', () => {
  it('Import2 F38: lists the migrations of a destination username, and not those without one', async () => {
    const ids = [await create({ destinationUsername: 'f38' }), await create({ destinationUsername: 'f38' })];
    await create();
    const { status, body } = await gateway.call('GET', '/v1/migrations?destinationUsername=f38');
    expect(status).toBe(200);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(ids);
  });

  it('answers an empty list when there is none', async () => {
    const { status, body } = await gateway.call('GET', '/v1/migrations?destinationUsername=nobody');
    expect({ status, body }).toEqual({ status: 200, body: { items: [] } });
  });

  it.each(['', '?destinationUsername=', '?destinationUsername=a&destinationUsername=b'])(
    'Import2 F38: refuses the query "%s", for there is no other way to find them',
    async (query) => {
      const { status, body } = await gateway.call('GET', `/v1/migrations${query}`);
      expect(status).toBe(400);
      expect(body.errors).toMatchObject([{ pointer: '/query/destinationUsername' }]);
    },
  );

  it('refuses a query that it does not know', async () => {
    const { status } = await gateway.call('GET', '/v1/migrations?destinationUsername=a&status=done');
    expect(status).toBe(400);
  });
});

describe('reading a migration', () => {
  it.each(['v2.1', 'v2'])(
    'Import2 F29: tells the same status whether the vendor says it in %s',
    async (words) => {
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
    },
  );

  it('Import2 F32: never shows the token of a migration', async () => {
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

  it('has no counts before the vendor has looked at the data, if the vendor leaves them out', async () => {
    const id = await create();
    const { body } = await gateway.call('GET', `/v1/migrations/${id}`);
    expect(body).toMatchObject({ items: { accounts: 0 }, users: { sourceTool: 0, matched: 0 } });
    await import2.control('PUT', '/__quirks', { countsBeforeRead: 'absent' });
    const { body: later } = await gateway.call('GET', `/v1/migrations/${id}`);
    expect(later).toMatchObject({ status: 'collecting_credentials', items: null, users: null });
  });

  it('Import2 F33: answers 404 for one that was cancelled', async () => {
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

describe('deciding on the payment', () => {
  it.each([
    ['accept', 'accepted'],
    ['reject', 'rejected'],
  ])('Import2 F30: answers 200 to %s although the vendor answers nothing', async (decision, payment) => {
    const id = await create();
    const { status, body } = await write(`/v1/migrations/${id}/payment/${decision}`);
    expect({ status, body }).toEqual({ status: 200, body: { migrationId: id, payment } });
    expect((await import2.effects(`payment_${decision}`)).at(-1)).toMatchObject({ migrationId: id });
  });

  it.each(['accept', 'reject'])(
    'Import2 F30: answers 404 to %s of a migration that is not there',
    async (decision) => {
      const { status, body } = await write(`/v1/migrations/none/payment/${decision}`);
      expect(status).toBe(404);
      expect(body).toMatchObject({ type: '/docs/problems/migration-not-found', outcome: 'not_executed' });
    },
  );

  it.each(['accept', 'reject'])(
    'Import2 F30: does not take %s for done when its answer is lost',
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
