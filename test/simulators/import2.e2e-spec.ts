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
    const answer = await fetch(simulator.url + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, text, json: text === '' ? undefined : JSON.parse(text) };
  };
  const control = (method: string, path: string, body: object = {}) =>
    call(method, path, method === 'GET' ? undefined : body);
  const create = async (properties: object = {}) => {
    const answer = await call('POST', '/api/v2.1/imports', { source_tool: 'highrise', ...properties });
    expect(answer.status).toBe(201);
    return answer.json as { id: string; token: string; redirect_url: string };
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

    it('lets in every token that the control names, and no other', async () => {
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

  it('needs no destination token, and takes null for none', async () => {
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
  ])('answers 404 with an empty body to %s %s', async (method, path) => {
    const body = method === 'GET' ? undefined : 'anything';
    expect(await call(method, path, body)).toMatchObject({ status: 404, text: '' });
  });

  it('names a control that does not exist, and what is wrong with a body', async () => {
    const { status, json } = await call('POST', '/__tokens', {});
    expect([status, json]).toEqual([404, { error: 'no control POST /__tokens' }]);
    const broken = await call('PUT', '/__token', '{"tokens":');
    expect([broken.status, broken.json]).toEqual([400, { error: 'not JSON' }]);
  });

  describe('creating', () => {
    it('answers an id of digits, a token and a redirect URL made of that token', async () => {
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
        'a user name that is no text',
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
    ])('refuses %s with every field present, fine ones with an empty list', async (_what, body, faults) => {
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

    it.each(['{"source_tool":', '', '[]', '"highrise"'])('answers 400 to the body %j', async (body) => {
      expect(await call('POST', '/api/v2.1/imports', body)).toMatchObject({ status: 400, text: '' });
    });

    it('enters the ledger with the ids and without the destination token', async () => {
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

    it('lists nothing for a stranger, and nothing without a username', async () => {
      await create();
      expect((await call('GET', '/api/v2.1/imports?destination_username=per')).json).toEqual([]);
      expect((await call('GET', '/api/v2.1/imports')).json).toEqual([]);
    });

    it('answers 404 with an empty body for an unknown and for a cancelled migration', async () => {
      expect(await call('GET', '/api/v2.1/imports/1')).toMatchObject({ status: 404, text: '' });
      const { id } = await create();
      await control('POST', `/__migrations/${id}/cancel`);
      expect(await call('GET', `/api/v2.1/imports/${id}`)).toMatchObject({ status: 404, text: '' });
    });

    it('counts nothing until data has been read, and leaves the counts out on demand', async () => {
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

  describe('the way of a migration', () => {
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

    it('takes a sample first', async () => {
      expect(await walk((await create()).id)).toEqual([...SAMPLE, ...FULL]);
    });

    it('is prepared after an accepted payment', async () => {
      const { id } = await create();
      await call('POST', `/api/v2.1/imports/${id}/payment/accept`);
      expect(await walk(id)).toEqual([...SAMPLE, 'In preparation', ...FULL]);
    });

    it('takes back an accepted payment that is rejected later', async () => {
      const { id } = await create();
      await call('POST', `/api/v2.1/imports/${id}/payment/accept`);
      await call('POST', `/api/v2.1/imports/${id}/payment/reject`);
      expect(await walk(id)).toEqual([...SAMPLE, ...FULL]);
    });

    it('skips the sample with start_full', async () => {
      const { id } = await create({ start_full: true });
      expect(await walk(id)).toEqual(['Collecting credentials', 'In preparation', ...FULL]);
    });

    it('follows the clock when nobody looks', async () => {
      const { id } = await create();
      now += 3 * 5_000;
      expect((await get(id)).status).toBe('Sample migration completed');
      now += 60 * 60_000;
      expect((await get(id)).status).toBe('Migration completed');
    });

    it('is undone and cleaned, once', async () => {
      const { id } = await create();
      expect((await control('POST', `/__migrations/${id}/undo`)).status).toBe(409);
      now += 60_000;
      expect((await control('POST', `/__migrations/${id}/undo`)).json.status).toBe('Undo in progress');
      expect(await advance(id)).toBe('Migration cleaned');
      expect((await control('POST', `/__migrations/${id}/undo`)).status).toBe(409);
    });
  });

  describe('payments', () => {
    it.each(['accept', 'reject'])(
      'answers %s with 200 and an empty body, again and again',
      async (decision) => {
        const { id } = await create();
        const path = `/api/v2.1/imports/${id}/payment/${decision}`;
        expect(await call('POST', path)).toMatchObject({ status: 200, text: '' });
        expect(await call('POST', path)).toMatchObject({ status: 200, text: '' });
        expect((await effects()).slice(1)).toMatchObject([
          { seq: 2, operation: `payment_${decision}`, migrationId: id },
          { seq: 3, operation: `payment_${decision}`, migrationId: id },
        ]);
      },
    );

    it('answers 404 with an empty body for an unknown migration', async () => {
      const path = '/api/v2.1/imports/1/payment/accept';
      expect(await call('POST', path)).toMatchObject({ status: 404, text: '' });
      expect(await effects()).toEqual([]);
    });
  });

  describe('the old API version', () => {
    it('speaks the old texts of the same migrations and knows no payments', async () => {
      const { id } = await create();
      expect((await get(id, 'v2')).status).toBe('Collecting Credentials');
      expect((await get(id, 'v2.1')).status).toBe('Collecting credentials');
      expect((await call('POST', `/api/v2/imports/${id}/payment/accept`)).status).toBe(404);
    });

    it('lends its texts to v2.1 on demand', async () => {
      const { id } = await create();
      expect((await control('PUT', '/__quirks', { statusGeneration: 'v2' })).status).toBe(204);
      expect((await get(id)).status).toBe('Collecting Credentials');
      expect((await control('PUT', '/__quirks', { statusGeneration: 'v3' })).status).toBe(400);
    });
  });

  describe('the request limit', () => {
    const statuses = async (paths: string[]) =>
      (await Promise.all(paths.map((path) => call('GET', path)))).map(({ status }) => status);

    it('lets ten requests a second through over all endpoints and answers 429 to the rest', async () => {
      const paths = ['/api/v2.1/tools', '/api/v2/tools', '/api/v2.1/imports/1'];
      const seen = await statuses(Array.from({ length: 12 }, (_, index) => paths[index % 3] ?? ''));
      expect(seen.filter((status) => status === 429)).toHaveLength(2);
      expect(await call('GET', '/api/v2.1/tools')).toMatchObject({ status: 429, text: '' });
    });

    it('slides: what was let through a second ago makes room again', async () => {
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
    it('validates, answers the same to everybody and creates nothing', async () => {
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

  describe('trouble on demand', () => {
    it('loses the answer after a migration was created, as often as asked', async () => {
      await control('POST', '/__faults', { operation: 'imports_create', kind: 'reset-after', times: 1 });
      await expect(call('POST', '/api/v2.1/imports', { source_tool: 'tumblr' })).rejects.toThrow();
      expect(await effects()).toHaveLength(1);
      await create();
      expect(await effects()).toHaveLength(2);
    });

    it('refuses before anything is committed', async () => {
      await control('POST', '/__faults', { operation: '*', kind: 'status-500', times: 1 });
      expect(await call('POST', '/api/v2.1/imports', { source_tool: 'tumblr' })).toMatchObject({
        status: 500,
        text: '',
      });
      expect(await effects()).toEqual([]);
    });
  });
});
