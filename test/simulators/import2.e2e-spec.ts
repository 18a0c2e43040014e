import { startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import type { RunningSimulator } from '../../src/simulators/simulator.js';

const TOKEN = 'aafbdfde226327dafc73';
const CREDENTIAL = basic(TOKEN, 'X');

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

describe('the Import2 simulator', () => {
  let simulator: RunningSimulator;
  let now: number;

  beforeEach(async () => {
    now = Date.UTC(2026, 0, 15);
    simulator = await startImport2Simulator({ port: 0, stepMs: 5_000, now: () => now });
  });

  afterEach(() => simulator.close());

  const call = async (method: string, path: string, body?: unknown, authorization = CREDENTIAL) => {
    const response = await fetch(simulator.url + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, json: text === '' ? undefined : JSON.parse(text) };
  };
  const control = (method: string, path: string, body: object = {}) =>
    call(method, path, method === 'GET' ? undefined : body);
  const create = async (properties: object = {}) => {
    const response = await call('POST', '/api/v2.1/imports', { source_tool: 'highrise', ...properties });
    expect(response.status).toBe(201);
    return response.json as { id: string; token: string; redirect_url: string };
  };
  const get = async (id: string, version = 'v2.1') =>
    (await call('GET', `/api/${version}/imports/${id}`)).json;
  const advance = async (id: string) => (await control('POST', `/__migrations/${id}/advance`)).json.status;
  const effects = async () => (await control('GET', '/__ledger')).json.effects;

  describe('credentials', () => {
    it.each([
      ['another token', basic('other', 'X')],
      ['no user name', basic('', TOKEN)],
      ['a bearer token', `Bearer ${TOKEN}`],
      ['an empty header', ''],
    ])('refuses %s with 401 and an empty body', async (_what, authorization) => {
      expect(await call('GET', '/api/v2.1/tools', undefined, authorization)).toMatchObject({
        status: 401,
        text: '',
      });
    });

    it('accepts exactly the tokens that the control sets', async () => {
      const status = async (token: string) =>
        (await call('GET', '/api/v2.1/tools', undefined, basic(token, 'X'))).status;
      await control('PUT', '/__token', { tokens: ['old', 'new'] });
      expect([await status('old'), await status('new'), await status(TOKEN)]).toEqual([200, 200, 401]);
      expect((await control('PUT', '/__token', { tokens: 'new' })).status).toBe(400);
    });

    it('ignores the password', async () => {
      expect((await call('GET', '/api/v2.1/tools', undefined, basic(TOKEN, 'anything'))).status).toBe(200);
      expect((await call('GET', '/api/v2.1/tools', undefined, basic(TOKEN, ''))).status).toBe(200);
    });
  });

  it('lists the tools with name and label', async () => {
    const { status, json } = await call('GET', '/api/v2.1/tools');
    expect(status).toBe(200);
    expect(json).toContainEqual({ name: 'highrise', label: 'Highrise' });
  });

  it('accepts a missing destination token, also as null', async () => {
    await create();
    await create({ destination_token: null });
  });

  it.each([
    ['GET', '/api/v2.1/nothing'],
    ['DELETE', '/api/v2.1/imports/1'],
    ['PUT', '/api/v2.1/tools'],
    ['GET', '/api/v2.1/imports/%zz'],
    ['GET', '/api/v1/tools'],
    ['POST', '/api/v3/imports'],
    ['GET', '/'],
    ['GET', '/%zz'],
    ['PATCH', '/elsewhere'],
  ])('returns 404 with an empty body for %s %s', async (method, path) => {
    const body = method === 'GET' ? undefined : 'anything';
    expect(await call(method, path, body)).toMatchObject({ status: 404, text: '' });
  });

  it('returns an error for an unknown control and for an invalid body', async () => {
    const { status, json } = await call('POST', '/__tokens', {});
    expect([status, json]).toEqual([404, { error: 'no control POST /__tokens' }]);
    const broken = await call('PUT', '/__token', '{"tokens":');
    expect([broken.status, broken.json]).toEqual([400, { error: 'not JSON' }]);
  });

  describe('creating', () => {
    it('returns a numeric id, a token and a redirect URL built from the token', async () => {
      const { id, token, redirect_url } = await create({ destination_username: 'ola' });
      expect(id).toMatch(/^\d+$/);
      expect(token).toMatch(/^[0-9a-f]{32}$/);
      expect(redirect_url).toBe(`https://www.import2.com/imports/${token.slice(15)}/${token}`);
    });

    it.each([
      ['no source tool', {}, { source_tool: ["can't be blank"] }],
      ['an unknown source tool', { source_tool: 'abacus' }, { source_tool: ['is not supported'] }],
      [
        'an instance URL that is none',
        { source_tool: 'tumblr', destination_instance_url: 'somewhere' },
        { destination_instance_url: ['is invalid'] },
      ],
      [
        'a user name that is not a string',
        { source_tool: 'tumblr', destination_username: 7 },
        { destination_username: ['is invalid'] },
      ],
      [
        'a destination that refuses the token',
        { source_tool: 'tumblr', destination_token: 'refused' },
        { destination: [expect.stringContaining('401 Unauthorized')] },
      ],
      ...['', '  '].map((blank): [string, object, object] => [
        `the destination token '${blank}', as in the published sample,`,
        { source_tool: 'tumblr', destination_token: blank },
        {
          destination_token: ["can't be blank"],
          destination: [expect.stringMatching(/^Couldn't access your .+ account due to: 401 Unauthorized$/)],
        },
      ]),
    ])('refuses %s with every field present, valid ones with an empty list', async (_what, body, faults) => {
      const { status, json } = await call('POST', '/api/v2.1/imports', body);
      expect(status).toBe(422);
      expect(json).toEqual({
        source_tool: [],
        destination_instance_url: [],
        destination_username: [],
        destination_token: [],
        ...faults,
      });
      expect(await effects()).toEqual([]);
    });

    it.each(['{"source_tool":', '', '[]', '"highrise"'])('returns 400 for the body %j', async (body) => {
      expect(await call('POST', '/api/v2.1/imports', body)).toMatchObject({ status: 400, text: '' });
    });

    it('records an effect with the ids and without the destination token', async () => {
      const { id } = await create({ destination_username: 'ola', destination_token: 'canary-f00d' });
      const found = await effects();
      expect(found).toEqual([
        {
          seq: 1,
          at: expect.any(String),
          operation: 'imports_create',
          migrationId: id,
          destinationUsername: 'ola',
        },
      ]);
      expect(JSON.stringify(found)).not.toContain('canary-f00d');
    });
  });

  describe('reading', () => {
    it('lists by destination username, oldest first', async () => {
      const first = await create({ destination_username: 'ola' });
      await create({ destination_username: 'kari' });
      const second = await create({ destination_username: 'ola' });
      const { json } = await call('GET', '/api/v2.1/imports?destination_username=ola');
      expect(json.map(({ id }: { id: string }) => id)).toEqual([first.id, second.id]);
    });

    it('lists nothing for an unknown username, and nothing without one', async () => {
      await create();
      expect((await call('GET', '/api/v2.1/imports?destination_username=per')).json).toEqual([]);
      expect((await call('GET', '/api/v2.1/imports')).json).toEqual([]);
    });

    it('returns 404 with an empty body for an unknown and for a cancelled migration', async () => {
      expect(await call('GET', '/api/v2.1/imports/1')).toMatchObject({ status: 404, text: '' });
      const { id } = await create();
      await control('POST', `/__migrations/${id}/cancel`);
      expect(await call('GET', `/api/v2.1/imports/${id}`)).toMatchObject({ status: 404, text: '' });
    });

    it('shows zero counts until data was read, or none with the quirk', async () => {
      const { id, token } = await create();
      expect(await get(id)).toEqual({
        id,
        token,
        status: 'Collecting credentials',
        items: { accounts: 0, contacts: 0 },
        users: { source_tool: 0, destination_tool: 0, matched: 0 },
      });
      expect((await control('PUT', '/__quirks', { countsBeforeRead: 'absent' })).status).toBe(204);
      expect(await get(id)).toEqual({ id, token, status: 'Collecting credentials' });
      expect((await control('PUT', '/__quirks', { countsBeforeRead: 'null' })).status).toBe(400);
      await advance(id);
      await advance(id);
      expect(await get(id)).toEqual({
        id,
        token,
        status: 'Sample migration in progress',
        items: { accounts: expect.any(Number), contacts: expect.any(Number) },
        users: {
          source_tool: expect.any(Number),
          destination_tool: expect.any(Number),
          matched: expect.any(Number),
        },
      });
    });
  });

  describe('the statuses of a migration', () => {
    const walk = async (id: string): Promise<string[]> => {
      const seen: string[] = [(await get(id)).status];
      for (let next = await advance(id); next !== seen.at(-1); next = await advance(id)) seen.push(next);
      return seen;
    };
    const SAMPLE = [
      'Collecting credentials',
      'Waiting to start sample migration',
      'Sample migration in progress',
      'Sample migration completed',
    ];
    const FULL = ['Migration in progress', 'Migration completed'];

    it('begin with a sample', async () => {
      expect(await walk((await create()).id)).toEqual([...SAMPLE, ...FULL]);
    });

    it('include the preparation after an accepted payment', async () => {
      const { id } = await create();
      await call('POST', `/api/v2.1/imports/${id}/payment/accept`);
      expect(await walk(id)).toEqual([...SAMPLE, 'In preparation', ...FULL]);
    });

    it('follow the last payment decision', async () => {
      const { id } = await create();
      await call('POST', `/api/v2.1/imports/${id}/payment/accept`);
      await call('POST', `/api/v2.1/imports/${id}/payment/reject`);
      expect(await walk(id)).toEqual([...SAMPLE, ...FULL]);
    });

    it('skip the sample with start_full', async () => {
      const { id } = await create({ start_full: true });
      expect(await walk(id)).toEqual(['Collecting credentials', 'In preparation', ...FULL]);
    });

    it('advance by the clock without being read', async () => {
      const { id } = await create();
      now += 3 * 5_000;
      expect((await get(id)).status).toBe('Sample migration completed');
      now += 60 * 60_000;
      expect((await get(id)).status).toBe('Migration completed');
    });

    it('end with one undo and its cleanup', async () => {
      const { id } = await create();
      expect((await control('POST', `/__migrations/${id}/undo`)).status).toBe(409);
      now += 60_000;
      expect((await control('POST', `/__migrations/${id}/undo`)).json.status).toBe('Undo in progress');
      expect(await advance(id)).toBe('Migration cleaned');
      expect((await control('POST', `/__migrations/${id}/undo`)).status).toBe(409);
    });
  });

  describe('payments', () => {
    it.each(['accept', 'reject'])('returns 200 with an empty body for a repeated %s', async (decision) => {
      const { id } = await create();
      const path = `/api/v2.1/imports/${id}/payment/${decision}`;
      expect(await call('POST', path)).toMatchObject({ status: 200, text: '' });
      expect(await call('POST', path)).toMatchObject({ status: 200, text: '' });
      expect((await effects()).slice(1)).toMatchObject([
        { seq: 2, operation: `payment_${decision}`, migrationId: id },
        { seq: 3, operation: `payment_${decision}`, migrationId: id },
      ]);
    });

    it('returns 404 with an empty body for an unknown migration', async () => {
      const path = '/api/v2.1/imports/1/payment/accept';
      expect(await call('POST', path)).toMatchObject({ status: 404, text: '' });
      expect(await effects()).toEqual([]);
    });
  });

  describe('API v2', () => {
    it('shows the same migrations with v2 statuses and has no payments', async () => {
      const { id } = await create();
      expect((await get(id, 'v2')).status).toBe('Collecting Credentials');
      expect((await get(id, 'v2.1')).status).toBe('Collecting credentials');
      expect((await call('POST', `/api/v2/imports/${id}/payment/accept`)).status).toBe(404);
    });

    it('shares its statuses with v2.1 when the quirk is set', async () => {
      const { id } = await create();
      expect((await control('PUT', '/__quirks', { statusGeneration: 'v2' })).status).toBe(204);
      expect((await get(id)).status).toBe('Collecting Credentials');
      expect((await control('PUT', '/__quirks', { statusGeneration: 'v3' })).status).toBe(400);
    });
  });

  describe('the request limit', () => {
    const statuses = async (paths: string[]) =>
      (await Promise.all(paths.map((path) => call('GET', path)))).map(({ status }) => status);

    it('allows ten requests per second over all endpoints and returns 429 for the rest', async () => {
      const paths = ['/api/v2.1/tools', '/api/v2/tools', '/api/v2.1/imports/1'];
      const seen = await statuses(Array.from({ length: 12 }, (_, index) => paths[index % 3] ?? ''));
      expect(seen.filter((status) => status === 429)).toHaveLength(2);
      expect(await call('GET', '/api/v2.1/tools')).toMatchObject({ status: 429, text: '' });
    });

    it('is a sliding window of one second', async () => {
      const tools = Array<string>(5).fill('/api/v2.1/tools');
      await statuses(tools);
      now += 600;
      await statuses(tools);
      now += 400;
      expect(await statuses([...tools, '/api/v2.1/tools'])).toEqual(
        expect.arrayContaining([200, 200, 200, 200, 200, 429]),
      );
    });
  });

  describe('the sandbox', () => {
    it('validates, returns fixed bodies and creates nothing', async () => {
      const first = await call('POST', '/api/sandbox/imports', { source_tool: 'tumblr' });
      expect(first.status).toBe(201);
      expect(await call('POST', '/api/sandbox/imports', { source_tool: 'highrise' })).toEqual(first);
      expect((await call('POST', '/api/sandbox/imports', {})).status).toBe(422);
      expect((await call('GET', '/api/sandbox/imports?destination_username=x')).json).toHaveLength(2);
      expect((await call('GET', '/api/sandbox/imports/any')).json.status).toBe('Migration completed');
      expect(await call('POST', '/api/sandbox/imports/any/payment/accept')).toMatchObject({
        status: 200,
        text: '',
      });
      expect(await effects()).toEqual([]);
    });

    it('has no limit', async () => {
      const all = await Promise.all(Array.from({ length: 25 }, () => call('GET', '/api/sandbox/tools')));
      expect(all.every(({ status }) => status === 200)).toBe(true);
    });
  });

  describe('a fault', () => {
    it('loses the response after a migration was created, as often as requested', async () => {
      await control('POST', '/__faults', { operation: 'imports_create', kind: 'reset-after', times: 1 });
      await expect(call('POST', '/api/v2.1/imports', { source_tool: 'tumblr' })).rejects.toThrow();
      expect(await effects()).toHaveLength(1);
      await create();
      expect(await effects()).toHaveLength(2);
    });

    it('refuses a call before it is executed', async () => {
      await control('POST', '/__faults', { operation: '*', kind: 'status-500', times: 1 });
      expect(await call('POST', '/api/v2.1/imports', { source_tool: 'tumblr' })).toMatchObject({
        status: 500,
        text: '',
      });
      expect(await effects()).toEqual([]);
    });

    it.each([
      [
        { operation: 'product_get', kind: 'reset-after' },
        /^operation must be one of this vendor's: .*imports_get/,
      ],
      [{ operation: '*', kind: 'reset' }, /^kind must be one of: .*reset-after/],
    ])('is refused with the names that exist: %j', async (fault, reason) => {
      const { status, json } = await control('POST', '/__faults', { ...fault, times: 1 });
      expect([status, json.error]).toEqual([400, expect.stringMatching(reason)]);
    });
  });
});
