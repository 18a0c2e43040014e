import { signed, SpidCaller } from './spid.caller.js';

let spid: SpidCaller;
beforeEach(async () => {
  spid = await SpidCaller.start();
});
afterEach(() => spid.close());

const demoGroup = '324673248';
const strangersGroup = '324673249';
const started = '2026-07-01 12:00:00';
const noRight = 'Client does not have access to this voucher group';
const noGroup = 'Voucher group not found';
const noHandout = 'Voucher group not found, or handouts not enabled';
const notGenerated = 'Failed to generate vouchers, see error object for further details';

async function newGroup(form: Record<string, string> = {}): Promise<string> {
  const { body } = await spid.post('/vouchers/group', { title: 'Summer', type: '8', ...form });
  return body.data.voucherGroupId;
}

async function countsOf(id: string): Promise<unknown> {
  const { generatedVouchers, availableVouchers } = (await spid.get(`/vouchers/group/${id}`)).body.data;
  return [generatedVouchers, availableVouchers];
}

describe('handing out to a user', () => {
  it('hands out one voucher without returning its code', async () => {
    const { status, body } = await spid.post('/voucher_handout', { userId: '42', voucherGroupId: demoGroup });

    expect(status).toBe(200);
    expect(body.data).toEqual({ success: true });
    expect(await countsOf(demoGroup)).toEqual([1_000, 999]);
    const [effect, ...others] = await spid.effects();
    expect(others).toEqual([]);
    expect(effect).toEqual({
      seq: 1,
      at: '2026-07-01T10:00:00.000Z',
      operation: 'voucher_handout',
      userId: '42',
      voucherGroupId: demoGroup,
      voucherId: expect.stringMatching(/^\d+$/),
    });
  });

  it('hands out another voucher on every repeated call', async () => {
    const form = { userId: '42', voucherGroupId: demoGroup };
    await Promise.all(Array.from({ length: 20 }, () => spid.post('/voucher_handout', form)));
    const effects = await spid.effects('voucher_handout');

    expect(new Set(effects.map(({ voucherId }) => voucherId)).size).toBe(20);
  });

  it('accepts the UUID of a user', async () => {
    const userId = '00000000-0000-4000-8000-000000938029';
    await spid.post('/voucher_handout', { userId, voucherGroupId: demoGroup });

    expect(await spid.effects()).toMatchObject([{ userId: '938029' }]);
  });

  it('is open to both demo clients', async () => {
    const form = { userId: '42', voucherGroupId: demoGroup };
    const { status } = await spid.post('/voucher_handout', form, await spid.tokenOf(signed));

    expect(status).toBe(200);
  });

  const missing = 'Missing required userId and/or voucherGroupId parameters';
  it.each([
    [{ userId: '42' }, 404, missing],
    [{ voucherGroupId: demoGroup, userId: '' }, 404, missing],
    [{ voucherGroupId: demoGroup, userId: '43' }, 404, 'User not found'],
    [{ voucherGroupId: '1', userId: '42' }, 404, noHandout],
    [{ voucherGroupId: strangersGroup, userId: '42' }, 403, noRight],
  ])('refuses %j', async (form: Record<string, string>, status, description) => {
    const reply = await spid.post('/voucher_handout', form);

    expect(reply.status).toBe(status);
    expect(reply.body.error).toEqual({ code: status, type: 'ApiException', description });
    expect(await spid.effects()).toEqual([]);
  });

  it('does not read its parameters from the query', async () => {
    const reply = await spid.post(`/voucher_handout?userId=42&voucherGroupId=${demoGroup}`);

    expect(reply.body.error.description).toBe(missing);
  });

  it('is not enabled for a shared code', async () => {
    const voucherGroupId = await newGroup({ unique: '0' });
    const reply = await spid.post('/voucher_handout', { userId: '42', voucherGroupId });

    expect(reply.body.error.description).toBe(noHandout);
  });

  it.each([
    ['success-false', 200, { success: false }, undefined],
    ['404', 404, null, noHandout],
    ['500', 500, null, 'Internal Server Error'],
  ])('returns %s when no voucher is left', async (voucherHandoutEmpty, status, data, description) => {
    await spid.control('PUT', '/__quirks', { voucherHandoutEmpty });
    const voucherGroupId = await newGroup();
    const reply = await spid.post('/voucher_handout', { userId: '42', voucherGroupId });

    expect(reply.status).toBe(status);
    expect(reply.body.data).toEqual(data);
    expect(reply.body.error?.description).toBe(description);
    expect(await spid.effects('voucher_handout')).toEqual([]);
  });
});

describe('drawing codes', () => {
  it('returns partial vouchers that are then found by code', async () => {
    const { body } = await spid.post(`/vouchers/handout/${demoGroup}`, { amount: '3' });
    const [first] = body.data;
    const { group, ...voucher } = (await spid.get(`/voucher/${first.voucherCode}`)).body.data;

    expect(body).toMatchObject({ object: 'Voucher', type: 'collection', meta: { count: 3, offset: 0 } });
    expect(first).toEqual({
      voucherId: expect.stringMatching(/^\d+$/),
      voucherGroupId: demoGroup,
      voucherCode: expect.stringMatching(/^64-[A-Z0-9]{4}-[A-Z0-9]{4}$/),
      type: '8',
      createdBy: '0',
      created: started,
    });
    expect(voucher).toEqual({
      ...first,
      userId: null,
      count: null,
      status: '1',
      handoutBy: '0',
      handoutTime: started,
      updated: started,
    });
    expect(group).toMatchObject({ voucherGroupId: demoGroup, unique: '1', limit: null });
    expect(group).not.toHaveProperty('generatedVouchers');
  });

  it('draws one by default, and records one effect per call without codes', async () => {
    const one = await spid.post(`/vouchers/handout/${demoGroup}`);
    const two = await spid.post(`/vouchers/handout/${demoGroup}`, { amount: '2' });
    const drawn = [...one.body.data, ...two.body.data] as { voucherId: string; voucherCode: string }[];
    const effects = await spid.effects();

    expect(new Set(drawn.map(({ voucherCode }) => voucherCode)).size).toBe(3);
    expect(effects).toMatchObject([
      {
        operation: 'vouchers_handout',
        voucherGroupId: demoGroup,
        amount: 1,
        voucherIds: [drawn[0]?.voucherId],
      },
      { operation: 'vouchers_handout', amount: 2, voucherIds: [drawn[1]?.voucherId, drawn[2]?.voucherId] },
    ]);
    for (const { voucherCode } of drawn) expect(JSON.stringify(effects)).not.toContain(voucherCode);
  });

  it('is 404 with the numbers when too few are left, and draws none', async () => {
    const reply = await spid.post(`/vouchers/handout/${demoGroup}`, { amount: '1001' });

    expect(reply.status).toBe(404);
    expect(reply.body.error).toEqual({
      code: 404,
      type: 'ApiException',
      description: 'The requested amount exceeds the available amount. See error object for actual numbers.',
      requested: 1_001,
      available: 1_000,
    });
    expect(await countsOf(demoGroup)).toEqual([1_000, 1_000]);
  });

  it.each([
    ['1', '1', 404, noGroup],
    [strangersGroup, '1', 403, noRight],
    [demoGroup, '0', 404, 'Handout failed'],
    [demoGroup, '-1', 404, 'Handout failed'],
    [demoGroup, 'all', 404, 'Handout failed'],
  ])('refuses from group %s amount %s', async (group, amount, status, description) => {
    const reply = await spid.post(`/vouchers/handout/${group}`, { amount });

    expect([reply.status, reply.body.error.description]).toEqual([status, description]);
    expect(await spid.effects()).toEqual([]);
  });
});

describe('generating', () => {
  it('adds free vouchers, one by default', async () => {
    const id = await newGroup();
    const reply = await spid.post(`/vouchers/generate/${id}`, { amount: '3' });
    await spid.post(`/vouchers/generate/${id}`);

    expect(reply.body.data).toEqual({ success: true });
    expect(await countsOf(id)).toEqual([4, 4]);
    expect(await spid.effects('vouchers_generate')).toMatchObject([
      { voucherGroupId: id, amount: 3 },
      { voucherGroupId: id, amount: 1 },
    ]);
  });

  it('fails beyond the limit of the group and for a shared group', async () => {
    const limited = await newGroup({ limit: '2' });
    const shared = await newGroup({ unique: '0' });
    await spid.post(`/vouchers/generate/${limited}`, { amount: '2' });
    const beyond = await spid.post(`/vouchers/generate/${limited}`, { amount: '1' });
    const forShared = await spid.post(`/vouchers/generate/${shared}`, { amount: '1' });

    expect([beyond.status, beyond.body.error.description]).toEqual([404, notGenerated]);
    expect([forShared.status, forShared.body.error.description]).toEqual([404, notGenerated]);
    expect(await spid.effects('vouchers_generate')).toHaveLength(1);
  });

  it.each([
    ['1', 404, noGroup],
    [strangersGroup, 403, noRight],
  ])('refuses group %s', async (group, status, description) => {
    const reply = await spid.post(`/vouchers/generate/${group}`, { amount: '1' });

    expect([reply.status, reply.body.error.description]).toEqual([status, description]);
  });
});

describe('voucher groups', () => {
  const fields = {
    clientId: '4e8463569caf7ca019000007',
    discountId: null,
    campaignId: null,
    productId: null,
    type: '8',
    unique: '1',
    limit: null,
    title: 'Summer',
    description: null,
    createdBy: '4e8463569caf7ca019000007',
    updated: started,
    created: started,
  };

  it('are created with 200, without counts and without the code', async () => {
    const { status, body } = await spid.post('/vouchers/group', {
      title: 'Summer',
      type: '8',
      voucherCode: 'F4A',
    });

    expect(status).toBe(200);
    expect(body.data).toEqual({ ...fields, voucherGroupId: expect.stringMatching(/^\d+$/) });
    expect(await spid.effects()).toMatchObject([
      { operation: 'voucher_group_create', voucherGroupId: body.data.voucherGroupId },
    ]);
  });

  it('have integer counts when read alone', async () => {
    const id = await newGroup();
    const { body } = await spid.get(`/vouchers/group/${id}`);

    expect(body.data).toEqual({ ...fields, voucherGroupId: id, generatedVouchers: 0, availableVouchers: 0 });
  });

  it('show their voucher when they share one code', async () => {
    const id = await newGroup({ unique: 'false', voucherCode: 'SUMMER', limit: '50' });
    const { body } = await spid.get(`/vouchers/group/${id}`);

    expect(body.data).toMatchObject({
      unique: '0',
      limit: '50',
      voucher: { voucherCode: 'SUMMER', status: '0' },
    });
  });

  it('change only the given fields', async () => {
    const id = await newGroup({ description: 'For all' });
    spid.clock += 1_000;
    const { body } = await spid.post(`/vouchers/group/${id}`, { title: 'Autumn' });
    const updated = '2026-07-01 12:00:01';

    expect(body.data).toEqual({
      ...fields,
      voucherGroupId: id,
      description: 'For all',
      title: 'Autumn',
      updated,
    });
    expect(await spid.effects('voucher_group_update')).toMatchObject([{ voucherGroupId: id }]);
  });

  it('are not changed by an empty update', async () => {
    const id = await newGroup();

    expect((await spid.post(`/vouchers/group/${id}`)).status).toBe(200);
    expect(await spid.effects('voucher_group_update')).toEqual([]);
  });

  it.each([
    ['/vouchers/group', { type: '8' }, 404, 'Voucher group could not be created'],
    ['/vouchers/group', { title: 'Summer' }, 404, 'Voucher group could not be created'],
    ['/vouchers/group', { title: 'Summer', type: 'discount' }, 404, 'Voucher group could not be created'],
    [
      '/vouchers/group',
      { title: 'Summer', type: '8', limit: 'x' },
      404,
      'Voucher group could not be created',
    ],
    [`/vouchers/group/${demoGroup}`, { title: '' }, 404, 'Voucher group could not be updated'],
    [`/vouchers/group/${demoGroup}`, { limit: '-2' }, 404, 'Voucher group could not be updated'],
    [`/vouchers/group/${strangersGroup}`, { title: 'Mine' }, 403, noRight],
    ['/vouchers/group/1', { title: 'Mine' }, 404, noGroup],
  ])('refuse at %s the form %j', async (path, form, status, description) => {
    const reply = await spid.post(path, form);

    expect([reply.status, reply.body.error.description]).toEqual([status, description]);
    expect(await spid.effects()).toEqual([]);
  });

  it('need the voucher prefix of the client', async () => {
    await spid.control('PUT', '/__quirks', { voucherPrefix: 'missing' });
    const reply = await spid.post('/vouchers/group', { title: 'Summer', type: '8' });

    expect(reply.body.error.description).toBe('Set generator used, but no client voucher prefix set');
  });

  it('refuse a shared code that is taken', async () => {
    await newGroup({ unique: '0', voucherCode: 'SUMMER' });
    const reply = await spid.post('/vouchers/group', {
      title: 'B',
      type: '8',
      unique: '0',
      voucherCode: 'SUMMER',
    });

    expect(reply.body.error.description).toBe('Voucher group could not be created');
  });

  it('are found by exact values, in pages, and only of their own merchant', async () => {
    const a = await newGroup({ title: 'Åre', campaignId: '7' });
    const b = await newGroup({ title: 'Åre', type: '3', productId: '1337' });
    const idsOf = async (query: string) => {
      const { body } = await spid.get(`/vouchers/groups${query}`);
      return body.data.map(({ voucherGroupId }: { voucherGroupId: string }) => voucherGroupId);
    };

    expect(await idsOf('')).toEqual([demoGroup, a, b]);
    expect(await idsOf('?title=%C3%85re')).toEqual([a, b]);
    expect(await idsOf('?title=%C5re')).toEqual([a, b]);
    expect(await idsOf('?title=re')).toEqual([]);
    expect(await idsOf('?campaignId=7')).toEqual([a]);
    expect(await idsOf('?type=3&productId=1337')).toEqual([b]);
    expect(await idsOf('?limit=1&offset=1')).toEqual([a]);
    expect((await spid.get('/vouchers/groups?offset=1')).body.meta).toEqual({ count: 2, offset: 1 });
  });
});

describe('a voucher by code', () => {
  it('has no user and no time while it is free', async () => {
    await newGroup({ unique: '0', voucherCode: 'SUMMER' });
    const { body } = await spid.get('/voucher/SUMMER');

    expect(body).toMatchObject({
      object: 'Voucher',
      type: 'element',
      debug: { params: { where: { code: 'SUMMER' } } },
    });
    expect(body.data).toMatchObject({
      status: '0',
      userId: null,
      handoutBy: null,
      handoutTime: null,
      count: null,
    });
  });

  it('is refused to other clients', async () => {
    const { status, body } = await spid.get('/voucher/99-STRA-NGER');

    expect([status, body.error.description]).toEqual([403, noRight]);
  });

  it.each(['64-0000-0000', '557916', 'a%2Fb'])('is not found as %s', async (code) => {
    const { status, body } = await spid.get(`/voucher/${code}`);

    expect([status, body.error.description]).toEqual([404, 'Voucher not found']);
  });
});
