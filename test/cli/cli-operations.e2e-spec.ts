import { run } from '../../src/cli/tollgate.cli.js';
import { startGateway, type TestGateway } from '../support/gateway.js';
import {
  BOTH_KEY,
  CHECKOUT_KEY,
  COLLEAGUE_KEY,
  NEIGHBOUR_KEY,
  OPERATOR_KEY,
  withOperators,
} from '../support/operations.callers.js';
import { type Ended, operations, withServer } from './cli.world.js';

const GROUP = '324673248';

let gateway: TestGateway;
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway({ settings: withOperators });
});
afterEach(() => gateway.spid.clearFaults());
afterAll(() => gateway.close());

const asOperator = (...args: string[]) =>
  operations([...args, '--url', gateway.url], { GATEWAY_KEY: OPERATOR_KEY });

/** A handout of `checkout`; its id. */
async function handOut(userId: string, fault?: string): Promise<string> {
  if (fault) await gateway.spid.fault('voucher_handout', fault);
  const { body } = await gateway.call('POST', '/v1/voucher-handouts', {
    key: CHECKOUT_KEY,
    idempotencyKey: `cli-${++keys}`,
    headers: { 'x-request-id': `night-${keys}` },
    body: { userId, voucherGroupId: GROUP },
  });
  return body.id ?? body.operation.split('/').at(-1);
}

const OWN_ONLY = 'This key lacks the scope operations:resolve: it sees only its own operations.\n';

const linesOf = (text: string) => text.split('\n').slice(0, -1);

describe('tollgate operations list', () => {
  it('prints aligned columns, newest first', async () => {
    const done = await handOut('938029');
    const open = await handOut('938029', 'reset-after');
    const { code, out, err } = await asOperator('list', '--user', '938029');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [head = '', ...rows] = linesOf(out);
    const columns = 'ID CREATED AGE STATE AWAITS KIND TENANT CALLER ABOUT REASON';
    expect(head.split(/ {2,}/)).toEqual(columns.split(' '));
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const age = expect.stringMatching(/^\d+[sm]$/);
    const about = ['voucher_handout', 'demo', 'checkout', `user 938029, group ${GROUP}`];
    const lost = expect.stringMatching(/^spid voucher_handout: .*ECONNRESET/i);
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      [open.slice(0, 18), time, age, 'unknown', 'person', ...about, lost],
      [done.slice(0, 18), time, age, 'succeeded', '-', ...about, '-'],
    ]);
    const column = head.indexOf('STATE');
    expect(rows.map((row) => row.slice(column - 2, column))).toEqual(['  ', '  ']);
  });

  it.each([
    [['--state', 'unknown'], 1],
    [['--kind', 'voucher_handout'], 2],
    [['--kind', 'entitlement_grant'], 0],
    [['--voucher-group', GROUP], 2],
    [['--destination-username', 'anna@acme.example'], 0],
    [['--from', '2026-01-01T00:00:00Z', '--to', '2026-01-02T00:00:00Z'], 0],
    [['--limit', '1'], 1],
  ])('filters: %j', async (filter, count) => {
    const { code, out } = await asOperator('list', '--json', '--user', '938029', ...filter);
    expect([code, linesOf(out).length]).toEqual([0, count]);
  });

  it.each([['1h'], ['3600s'], ['60m'], ['2d']])('takes an age for a time: %s', async (age) => {
    const { code, out } = await asOperator('list', '--json', '--user', '938029', '--from', age);
    expect([code, linesOf(out).length]).toEqual([0, 2]);
    const before = await asOperator('list', '--json', '--user', '938029', '--to', age);
    expect([before.code, before.out]).toEqual([0, '']);
  });

  it('computes the time of an age by the clock of the person', async () => {
    const asked: string[] = [];
    await withServer(
      ({ url = '', method }, response) => {
        if (method === 'GET') asked.push(new URL(url, 'http://gateway').search);
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ items: [], nextCursor: null }));
      },
      (url) =>
        run(['operations', 'list', '--from', '1d', '--to', '90m', '--url', url], {
          env: { GATEWAY_KEY: OPERATOR_KEY },
          now: () => Date.UTC(2026, 2, 4, 12),
          out: () => undefined,
          err: () => undefined,
        }),
    );
    expect(asked.map(decodeURIComponent)).toEqual([
      '?from=2026-03-03T12:00:00.000Z&to=2026-03-04T10:30:00.000Z',
    ]);
  });

  it('counts an incident on one line', async () => {
    const count = (...args: string[]) => asOperator('list', '--user', '938029', '--count-by', ...args);
    const { code, out, err } = await count('kind');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [head = '', row = '', ...others] = linesOf(out);
    expect(head.split(/ {2,}/)).toEqual([
      'COUNT',
      'KIND',
      'STATES',
      'KINDS',
      'USERS',
      'OLDEST CREATED',
      'NEWEST CREATED',
    ]);
    const states = expect.stringMatching(/^1 (unknown, 1 succeeded|succeeded, 1 unknown)$/);
    const time = expect.stringMatching(/Z$/);
    expect(row.split(/ {2,}/)).toEqual([
      '2',
      'voucher_handout',
      states,
      '2 voucher_handout',
      '1',
      time,
      time,
    ]);
    expect(others).toEqual([]);
    for (const [by, value] of [
      ['user', '938029'],
      ['caller', 'checkout'],
      ['tenant', 'demo'],
      ['minute', expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/)],
    ] as const) {
      const rows = linesOf((await count(by, '--json')).out).map((line) => JSON.parse(line));
      expect(rows[0]).toMatchObject({ by, value });
      expect(rows.reduce((sum, each) => sum + each.count, 0)).toBe(2);
    }
    expect((await asOperator('list', '--user', 'nobody', '--count-by', 'kind')).out).toBe('No operations.\n');
  });

  it('lists every tenant of the key, and one with --tenant', async () => {
    const asBoth = (...args: string[]) =>
      operations([...args, '--url', gateway.url], { GATEWAY_KEY: BOTH_KEY });
    await gateway.spid.fault('voucher_handout', 'reset-after');
    const lost = await gateway.call('POST', '/v1/voucher-handouts', {
      key: NEIGHBOUR_KEY,
      idempotencyKey: 'neighbour',
      body: { userId: '42', voucherGroupId: GROUP },
    });
    const tenants = async (...args: string[]) =>
      new Set(linesOf((await asBoth('list', '--json', ...args)).out).map((line) => JSON.parse(line).tenant));
    expect(await tenants()).toEqual(new Set(['demo', 'other']));
    expect(await tenants('--tenant', 'demo')).toEqual(new Set(['demo']));
    expect((await asBoth('show', lost.body.operation)).out).toMatch(/^Tenant +other$/m);
  });

  it('colors states and headings in a terminal only', async () => {
    const shown = async (colors: boolean) => {
      let out = '';
      await run(['operations', 'list', '--user', '938029', '--url', gateway.url], {
        env: { GATEWAY_KEY: OPERATOR_KEY },
        colors,
        out: (text) => (out += text),
        err: () => undefined,
      });
      return out;
    };
    expect(await shown(true)).toContain('\u001b[33munknown\u001b[0m    ');
    expect(await shown(true)).toContain('\u001b[1mSTATE\u001b[0m');
    expect(await shown(false)).not.toContain('\u001b');
  });

  it.each([
    [[], 'No operations.\n'],
    [['--json'], ''],
  ])('reports an empty list, and what a key may not see: %j', async (flags, out) => {
    expect(await asOperator('list', '--user', 'nobody', ...flags)).toEqual({
      code: 0,
      out,
      err: '',
    });
    const asColleague = ['list', '--user', 'nobody', ...flags, '--url', gateway.url];
    for (const args of [asColleague, [...asColleague, '--count-by', 'kind']]) {
      expect((await operations(args, { GATEWAY_KEY: COLLEAGUE_KEY })).err).toBe(OWN_ONLY);
    }
  });

  it('prints one page and the cursor of the next, or all pages', async () => {
    const one = await asOperator('list', '--user', '938029', '--limit', '1', '--json');
    const cursor = /--cursor (\S+),/.exec(one.err)?.[1] ?? '';
    const next = await asOperator('list', '--user', '938029', '--limit', '1', '--json', '--cursor', cursor);
    const all = await asOperator('list', '--user', '938029', '--limit', '1', '--json', '--all');
    expect([next.err, all.err]).toEqual(['', '']);
    expect(all.out).toBe(one.out + next.out);
    const withoutAges = ({ out }: Ended) => out.replaceAll(/ \d+[sm] +/g, ' ').replaceAll(/ +/g, ' ');
    const table = await asOperator('list', '--user', '938029', '--limit', '1', '--all');
    expect(withoutAges(table)).toBe(withoutAges(await asOperator('list', '--user', '938029')));
  });

  it('prints with --json what the API returns, one operation per line', async () => {
    const { out } = await asOperator('list', '--json', '--user', '938029');
    const { body } = await gateway.call('GET', '/v1/operations?userId=938029');
    expect(linesOf(out).map((line) => JSON.parse(line))).toEqual(body.items);
  });

  it('shows a caller its own, for the tenant it names', async () => {
    const asNeighbour = (...args: string[]) =>
      operations(['list', '--url', gateway.url, ...args], { GATEWAY_KEY: NEIGHBOUR_KEY });
    expect((await asNeighbour('--tenant', 'other', '--user', '938029')).out).toBe('No operations.\n');
    expect(await asNeighbour('--tenant', 'demo')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('(403 forbidden)'),
    });
  });

  it('reports the filters that the gateway refuses', async () => {
    const { code, out, err } = await asOperator('list', '--state', 'lost', '--limit', '101');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('(400 validation-failed)');
    expect(err).toContain('--state must be one of: running, succeeded, failed, unknown, released');
    expect(err).toContain('--limit must be a whole number from 1 to 100');
    expect(err).toContain('urn:tollgate:request:');
  });
});

describe('tollgate operations show', () => {
  it('prints an operation in full, and the next steps for an unknown one', async () => {
    const id = await handOut('42', 'reset-after');
    const { code, out, err } = await asOperator('show', id);
    expect(code).toBe(0);
    const shown = Object.fromEntries(linesOf(out).map((line) => [line.slice(0, 13).trim(), line.slice(15)]));
    expect(shown).toMatchObject({
      Operation: id,
      Version: expect.stringMatching(/^[0-9a-f]{32}$/),
      State: 'unknown (outcome: unknown)',
      Awaits: 'person',
      Recommends: 'nothing',
      Sent: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      'Unknown since': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z \(\d+[sm]\)$/),
      Snapshot: 'none was read before the call',
      Kind: 'voucher_handout',
      About: `user 42, group ${GROUP}`,
      Caller: 'checkout',
      'Request id': expect.stringMatching(/^night-/),
      Response: 'none is stored',
      Request: `{"path":{},"body":{"userId":"42","voucherGroupId":"${GROUP}"}}`,
      Next: 'nothing: a person decides; a late response of the upstream would still end it',
      Tenant: 'demo',
      Gateway: expect.stringMatching(new RegExp(`/${process.pid} ran it \\(host/process\\)$`)),
      Evidence: expect.stringMatching(/^\S+Z the call was lost: spid voucher_handout: .*ECONNRESET/i),
      Resolution: 'none',
    });
    expect(err).toContain('No probe can decide it');
    expect(err).toContain(`tollgate operations probe ${id}  # only records what there is to compare\n`);
    expect(err).toContain(`tollgate operations resolve ${id} --decision`);
    expect(err).toContain(` --if-match ${shown['Version']}\n`);
  });

  it('accepts the path in a problem, and prints JSON on one line', async () => {
    const id = await handOut('42');
    const { out, err } = await asOperator('show', `/v1/operations/${id}`, '--json');
    expect(JSON.parse(out)).toEqual((await gateway.call('GET', `/v1/operations/${id}`)).body);
    expect([linesOf(out).length, err]).toEqual([1, '']);
  });

  it('accepts the beginning of an id, and lists the candidates if it is not unique', async () => {
    const [first, second] = [await handOut('42'), await handOut('42')];
    for (const given of [first.slice(0, 18), first.slice(0, 18).toUpperCase(), first.slice(0, 35)]) {
      const { code, out } = await asOperator('show', given);
      expect([code, linesOf(out)[0]]).toEqual([0, expect.stringContaining(first)]);
    }
    const { code, out, err } = await asOperator('show', first.slice(0, 8));
    // Both within a minute; and of two minutes, each is alone.
    if (second.startsWith(first.slice(0, 8))) {
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(/^Several operations have ids that begin with \w{8}: type more of it\.\n {2}/);
      expect(err).toContain(`  ${second}  voucher_handout\n`);
    }
    const none = await asOperator('show', '019cb8f2-1c2b');
    expect([none.code, none.err]).toEqual([1, expect.stringMatching(/^No operation visible to this key/)]);
  });

  it('reports an operation that does not exist', async () => {
    const { code, err } = await asOperator('show', '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f');
    expect(code).toBe(1);
    expect(err).toContain('No such operation (404 operation-not-found)');
  });

  it('reports to a key without operations:resolve that it sees only its own', async () => {
    const id = await handOut('42', 'reset-after');
    const asColleague = (...args: string[]) =>
      operations([...args, '--url', gateway.url], { GATEWAY_KEY: COLLEAGUE_KEY });
    const hint = expect.stringMatching(new RegExp(`^${OWN_ONLY}`, 'm'));
    const decide = ['--decision', 'executed', '--reason', 'The console lists one.'];
    for (const given of [id, id.slice(0, 18)]) {
      for (const args of [
        ['resolve', given, ...decide],
        ['probe', given],
      ]) {
        const refused = await asColleague(...args);
        expect([refused.code, refused.out]).toEqual([1, '']);
        expect(refused.err).toMatch(/^Not allowed \(403 forbidden\): .* the scope operations:resolve\./);
      }
      expect(await asColleague('show', given)).toMatchObject({ code: 1, out: '', err: hint });
      expect(
        (await asOperator('show', `${given.slice(0, 17)}${given[17] === '0' ? 1 : 0}`)).err,
      ).not.toContain('scope');
    }
    expect(await asColleague('summary')).toEqual({
      code: 0,
      out: 'No operation visible to this key has an unknown outcome.\n',
      err: hint,
    });
    expect((await asOperator('summary')).err).toBe('');
  });
});

describe('tollgate operations resolve', () => {
  const REASON = ['--reason', 'The console lists none.'];

  it('decides, and prints the decision and its consequence', async () => {
    const id = await handOut('42', 'reset-before');
    const evidence = ['--evidence', 'OPS-1812'];
    const decided = await asOperator('resolve', id, '--decision', 'not_executed', ...REASON, ...evidence);
    expect(decided).toMatchObject({ code: 0, err: expect.stringContaining('may run again') });
    expect(decided.out).toMatch(
      /^Resolution +not_executed, decided by night-shift \(person\) at \S+: The console lists none\.$/m,
    );
    expect(decided.out).toMatch(/^ +\S+Z night-shift: OPS-1812$/m);
    expect(decided.out).toMatch(/^Next +nothing: a repeat of its key runs it again$/m);
    const again = await asOperator('resolve', id, '--decision', 'executed', ...REASON);
    expect(again).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /409 operation-already-decided\): night-shift decided not_executed at \S+Z, for the reason: The console lists none\./,
      ),
    });
  });

  it('prints what a repeat with the key returns', async () => {
    const id = await handOut('42', 'reset-after');
    const { err } = await asOperator('resolve', id, '--decision', 'executed', '--json', ...REASON);
    expect(err).toContain('returns 201');
    await gateway.spid.fault('vouchers_handout', 'reset-after');
    const draw = await gateway.call('POST', `/v1/voucher-groups/${GROUP}/codes`, {
      idempotencyKey: 'cli-draw',
      body: { amount: 1 },
    });
    const lost = await asOperator('resolve', draw.body.operation, '--decision', 'executed', ...REASON);
    expect(lost.err).toContain('answer-lost');
  });

  it('escapes control characters in text of others', async () => {
    const id = await handOut('42', 'reset-after');
    const reason = 'see \u009b31m and \u202ereversed';
    const { out } = await asOperator('resolve', id, '--decision', 'executed', '--reason', reason);
    expect(out).toContain('see \\u009b31m and \\u202ereversed');
    expect(JSON.parse((await asOperator('show', id, '--json')).out).resolution.reason).toBe(reason);
  });
});
