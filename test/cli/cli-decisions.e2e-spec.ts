import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProbeTimes } from '../../src/reconciliation/probe.times.js';
import { startGateway, type TestGateway } from '../support/gateway.js';
import { withOperators } from '../support/operations.callers.js';
import { until } from '../support/until.js';
import { linesOf, tollgate, YOUNG } from './cli.world.js';

const DECIDE = ['--decision', 'executed', '--reason', 'seen at the vendor'];
const REJECT = ['--decision', 'not_executed', '--reason', 'not at the vendor'];

/** No probe of its own, and no wait between those of people. */
const PACE = new ProbeTimes({
  firstProbeAfterSeconds: 3_600,
  settleMs: 0,
  apartMs: 0,
  probeAgainMs: 0,
});

let gateway: TestGateway;
let folder: string;
let count = 0;

beforeAll(async () => {
  gateway = await startGateway({ settings: withOperators, probeTimes: PACE });
  folder = mkdtempSync(join(tmpdir(), 'tollgate-cli-'));
});
afterEach(() => Promise.all([gateway.spid.clearFaults(), gateway.import2.clearFaults()]));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await gateway.close();
});

const asOperator = (...args: string[]) => tollgate(gateway.url, args);

function file(text: string): string {
  count += 1;
  const path = join(folder, `operations-${count}`);
  writeFileSync(path, text);
  return path;
}

async function lose(work: () => ReturnType<TestGateway['call']>): Promise<string> {
  const { body } = await work();
  expect(body.outcome).toBe('unknown');
  return body.operation.split('/').at(-1);
}

async function loseGrant(
  product: string,
  fault: 'reset-after' | 'reset-before',
  user = '938029',
): Promise<string> {
  await gateway.spid.fault('product_grant', fault);
  return lose(() => gateway.call('PUT', `/v1/users/${user}/entitlements/${product}`));
}

const stateOf = async (id: string) => (await gateway.call('GET', `/v1/operations/${id}`)).body;

describe('tollgate operations resolve --from-file', () => {
  it('decides those whose probe supports the decision, in the version that was probed, and reports the others', async () => {
    const [first, second, absent] = [
      await loseGrant('1337', 'reset-after'),
      await loseGrant('301694', 'reset-after'),
      await loseGrant('10117', 'reset-before'),
    ];
    const list = await asOperator('list', '--kind', 'entitlement_grant', '--awaits', 'evidence', '--json');
    expect(linesOf(list.out)).toHaveLength(3);
    const path = file(list.out);

    const dry = await asOperator('resolve', '--from-file', path, ...DECIDE, '--dry-run');
    expect([dry.code, dry.err]).toEqual([
      3,
      expect.stringMatching(YOUNG('3 of 3', '1 skipped, 2 would-decide')),
    ]);
    expect((await stateOf(first)).state).toBe('unknown');

    const { code, out, err } = await asOperator('resolve', '--from-file', path, ...DECIDE);
    expect([code, err]).toEqual([3, expect.stringMatching(YOUNG('3 of 3', '1 skipped, 2 decided'))]);
    expect(linesOf(out)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^\\[1/3\\] ${absent}  skipped: the probe shows absent .*decide it on its own  \\(entitlement_grant, user 938029, product 10117\\)$`,
        ),
      ),
      `[2/3] ${second}  decided executed  (entitlement_grant, user 938029, product 301694)`,
      `[3/3] ${first}  decided executed  (entitlement_grant, user 938029, product 1337)`,
    ]);
    expect(await stateOf(first)).toMatchObject({
      state: 'succeeded',
      resolution: { basis: 'person', by: 'night-shift', reason: 'seen at the vendor' },
    });
    expect((await stateOf(absent)).state).toBe('unknown');

    // By now absent more than once: what is left can be decided as not executed.
    const rest = await asOperator('list', '--recommendation', 'not_executed', '--json');
    const rejected = await asOperator('resolve', '--from-file', file(rest.out), ...REJECT, '--json');
    expect(linesOf(rejected.out).map((line) => JSON.parse(line))).toEqual([
      {
        id: absent,
        result: 'decided',
        decision: 'not_executed',
        about: 'entitlement_grant, user 938029, product 10117',
      },
    ]);
    expect([rejected.code, (await stateOf(absent)).state]).toEqual([0, 'failed']);
  });

  it('skips what was decided before, and what no probe can prove', async () => {
    const decided = await loseGrant('10013', 'reset-after');
    await asOperator('resolve', decided, ...DECIDE);
    await gateway.spid.fault('voucher_handout', 'reset-after');
    const body = { userId: '42', voucherGroupId: '324673248' };
    const handout = await lose(() =>
      gateway.call('POST', '/v1/voucher-handouts', { body, idempotencyKey: 'h' }),
    );
    for (const [id, kind, because] of [
      [decided, 'entitlement_grant', 'operation-already-decided'],
      [handout, 'voucher_handout', 'the probe shows noted'],
      ['019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f', 'entitlement_grant', 'operation-not-found'],
    ] as const) {
      const path = file(JSON.stringify([{ id, kind }]));
      const { code, out } = await asOperator('resolve', '--from-file', path, ...DECIDE);
      expect([code, out]).toEqual([3, expect.stringContaining(`skipped: ${because}`)]);
    }
    expect((await stateOf(handout)).state).toBe('unknown');
  });

  it('decides each as its own evidence recommends, and reports the others', async () => {
    const since = new Date().toISOString();
    const seen = await loseGrant('10111', 'reset-after', '42');
    const absent = await loseGrant('10117', 'reset-before', '42');
    for (const id of [seen, absent, absent]) await asOperator('probe', id);
    const recommended = (...args: string[]) =>
      asOperator('resolve', '--as-recommended', '--reason', 'SPiD hung', '--from', since, ...args);
    const dry = await recommended('--dry-run', '--json');
    expect([dry.code, linesOf(dry.out).map((line) => JSON.parse(line))]).toEqual([
      0,
      [
        { id: seen, result: 'would-decide', decision: 'executed', about: expect.stringContaining('10111') },
        { id: absent, result: 'would-decide', decision: 'not_executed', about: expect.any(String) },
      ],
    ]);
    expect((await stateOf(seen)).state).toBe('unknown');
    const only = await recommended('--decision', 'not_executed', '--kind', 'entitlement_grant');
    expect([only.code, only.out]).toEqual([
      0,
      `[1/1] ${absent}  decided not_executed  (entitlement_grant, user 42, product 10117)\n`,
    ]);
    const rest = await recommended();
    expect([rest.code, rest.err]).toEqual([0, expect.stringMatching(YOUNG('1 of 1', '1 decided'))]);
    expect([(await stateOf(seen)).state, (await stateOf(absent)).state]).toEqual(['succeeded', 'failed']);
    expect(await recommended()).toEqual({
      code: 0,
      out: 'No operation that matches has a recommendation.\n',
      err: '',
    });
  });

  it('prints after a dry run the commands that decide what it showed, and nothing that was recommended since', async () => {
    const since = new Date().toISOString();
    const args = ['resolve', '--as-recommended', '--reason', "SPiD's outage", '--from', since];
    const [seen, absent, later] = [
      await loseGrant('301694', 'reset-after', '42'),
      await loseGrant('10117', 'reset-before', '42'),
      await loseGrant('10117', 'reset-before'),
    ];
    await until('a probe is planned', async () => (await stateOf(seen)).nextProbeAt !== null);
    const waits = await asOperator(...args);
    expect([waits.code, waits.out]).toEqual([3, 'No operation that matches has a recommendation.\n']);
    expect(waits.err).toMatch(
      /^3 that match have no recommendation: 3 wait for evidence \(next probe in \d+[ms], at \S+Z\)\.\n$/,
    );
    for (const id of [seen, absent, absent]) await asOperator('probe', id);
    const dry = await asOperator(...args, '--dry-run');
    expect([dry.code, dry.err]).toEqual([
      3,
      expect.stringMatching(/^1 that match have no recommendation: /m),
    ]);
    const commands = linesOf(dry.err).filter((line) => line.startsWith('  tollgate operations resolve '));
    const rest = `--reason 'SPiD'\\''s outage' --gateway '${gateway.url}'`;
    expect(commands).toEqual([
      `  tollgate operations resolve --as-recommended --decision executed ${rest} ${seen}`,
      `  tollgate operations resolve --as-recommended --decision not_executed ${rest} ${absent}`,
    ]);
    for (const id of [later, later]) await asOperator('probe', id);
    const pinned = (id: string, decision: string) =>
      asOperator('resolve', '--as-recommended', '--decision', decision, '--reason', 'as shown', id);
    expect((await pinned(absent, 'executed')).out).toContain('recommends not_executed now, not executed');
    expect((await pinned(seen, 'executed')).code).toBe(0);
    expect((await pinned(absent, 'not_executed')).code).toBe(0);
    const states = await Promise.all([seen, absent, later].map(stateOf));
    expect(states.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'unknown']);
  });

  it('decides a migration as executed only with the id that a probe proves, and never as absent with startFull', async () => {
    const since = new Date().toISOString();
    const loseMigration = async (name: string, fault: string, more = {}) => {
      await gateway.import2.fault('imports_create', fault);
      const body = { sourceTool: 'wordpress', destinationUsername: `${name}@acme.example`, ...more };
      return lose(() => gateway.call('POST', '/v1/migrations', { body, idempotencyKey: name }));
    };
    const proved = await loseMigration('cleo', 'reset-after');
    const absent = await loseMigration('dora', 'reset-before');
    const paid = await loseMigration('emil', 'reset-before', { startFull: true });
    for (const id of [proved, absent, absent, paid, paid]) await asOperator('probe', id);
    const args = ['--as-recommended', '--reason', 'Import2 hung', '--from', since, '--json'];
    const { code, out } = await asOperator('resolve', ...args);
    const results = linesOf(out).map((line) => JSON.parse(line));
    expect([code, results.map(({ id, result }) => [id, result])]).toEqual([
      3,
      [
        [proved, 'decided'],
        [paid, 'skipped'],
        [absent, 'decided'],
      ],
    ]);
    expect(results[1].because).toContain('startFull');
    const { migrationId } = await stateOf(proved);
    expect(migrationId).toMatch(/^\d+$/);
  });

  it('decides several that a person has compared, by short ids, and a handout as not executed only alone', async () => {
    const handOutLost = async (key: string) => {
      await gateway.spid.fault('voucher_handout', 'reset-after');
      const body = { userId: '42', voucherGroupId: '324673248' };
      return lose(() => gateway.call('POST', '/v1/voucher-handouts', { body, idempotencyKey: key }));
    };
    const ids = [await handOutLost('named-1'), await handOutLost('named-2')];
    const short = ids.map((id) => id.slice(0, 23));
    const rejected = await asOperator('resolve', ...short, ...REJECT);
    expect([rejected.code, rejected.out]).toEqual([3, expect.stringContaining('only one by one')]);
    for (const id of ids) {
      expect(rejected.err).toContain(
        `  tollgate operations resolve --decision not_executed --reason 'not at the vendor' --gateway '${gateway.url}' ${id}\n`,
      );
    }
    const dry = await asOperator('resolve', ...short, ...DECIDE, '--dry-run');
    expect([dry.code, dry.err]).toEqual([0, expect.stringMatching(YOUNG('2 of 2', '2 would-decide'))]);
    // The third is the first again.
    const { code, out } = await asOperator('resolve', ...short, ids[0] ?? '', ...DECIDE);
    const decided = 'decided executed  (voucher_handout, user 42, group 324673248)';
    expect([code, out]).toEqual([0, `[1/2] ${ids[0]}  ${decided}\n[2/2] ${ids[1]}  ${decided}\n`]);
    const again = await asOperator('resolve', ...ids, ...DECIDE);
    expect(again.err).toBe('\n2 skipped\n');
    expect([again.code, again.out]).toEqual([
      3,
      expect.stringMatching(
        /skipped: its state is succeeded, executed by night-shift at \S+Z {2}\(voucher_handout, .+\)\n/,
      ),
    ]);
  });

  const ID = (at: number) => `019cb8f2-1c2b-7d4e-9f00-${String(at).padStart(12, '0')}`;
  const grant = (at: number, more: object = {}) => ({ id: ID(at), kind: 'entitlement_grant', ...more });

  it.each([
    ['voucher_handout'],
    ['voucher_codes_draw'],
    ['migration_payment_accept'],
    ['migration_payment_reject'],
    ['token_import'],
  ])('never decides a %s as not executed, and asks nothing', async (kind) => {
    const path = file(JSON.stringify([{ id: ID(1), kind }]));
    const { code, out, err } = await tollgate('http://127.0.0.1:9', [
      'resolve',
      '--from-file',
      path,
      ...REJECT,
    ]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(new RegExp(`^A ${kind} can be decided as not_executed only one by one`));
    expect(err).toContain(`resolve --decision not_executed --reason 'not at the vendor' --gateway`);
    expect(err).toContain(` ${ID(1)}\n`);
  });

  it.each([
    ['nothing', '', /contains no operations/],
    ['an empty list', '[]', /contains no operations/],
    [
      'a page of the API',
      JSON.stringify({ items: [grant(1)], nextCursor: null }),
      /line 1: is not an operation.*list --json/,
    ],
    ['a table', 'ID  CREATED\n', /line 1, is not JSON/],
    ['a broken list', '[{"id":', /is not JSON/],
    ['a list of ids', JSON.stringify([ID(1)]), /entry 1: is not an operation/],
    ['an id of another thing', JSON.stringify(grant(1, { id: '../../x' })), /line 1: is not an operation/],
    ['no kind', JSON.stringify({ id: ID(1) }), /line 1: is not an operation/],
    [
      'two kinds',
      `${JSON.stringify(grant(1))}\n${JSON.stringify(grant(2, { kind: 'token_import' }))}`,
      /2 kinds .*--kind/,
    ],
    ['one twice', JSON.stringify([grant(1), grant(1)]), /twice/],
    [
      '51',
      JSON.stringify(Array.from({ length: 51 }, (_, at) => grant(at))),
      /51 operations; one decision applies to 1 to 50/,
    ],
  ])('names what is wrong with a file of %s, and sends nothing', async (_, text, message) => {
    const args = ['resolve', '--from-file', file(text), ...DECIDE];
    const { code, out, err } = await tollgate('http://127.0.0.1:9', args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(message);
  });

  it('reports a file that does not exist, or is a folder', async () => {
    for (const [path, reason] of [
      [join(folder, 'none'), 'ENOENT'],
      [folder, 'EISDIR'],
    ] as const) {
      const { code, err } = await asOperator('resolve', '--from-file', path, ...DECIDE);
      expect([code, err]).toEqual([1, `${path} cannot be read (${reason}).\n`]);
    }
  });

  it.each([
    [['resolve', '--from-file', 'f', ID(1), ...DECIDE]],
    [['resolve', '--from-file', 'f', '--migration-id', '7', ...DECIDE]],
    [['resolve', '--from-file', 'f', '--if-match', 'x', ...DECIDE]],
    [['resolve', ID(1), '--dry-run', ...DECIDE]],
    [['resolve', ...DECIDE]],
    [['resolve', ID(1), '--as-recommended', '--kind', 'token_import', ...DECIDE]],
    [['resolve', '--from-file', 'f', '--as-recommended', ...DECIDE]],
    [['resolve', ID(1), '--kind', 'token_import', ...DECIDE]],
    [['resolve', ID(1), ID(2), '--if-match', 'x', ...DECIDE]],
    [['resolve', '--as-recommended', '--decision', 'maybe', '--reason', 'why']],
    [['resolve', '--as-recommended']],
    [['resolve', ID(1), '--if-match', 'a b', ...DECIDE]],
    [['resolve', '--from-file', 'f', '--decision', 'executed']],
    [['probe']],
    [['summary', 'extra']],
  ])('ends with 2, the error and one line: %j', async (args: string[]) => {
    const { code, err } = await tollgate('http://127.0.0.1:9', args);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: .+\nHelp: tollgate operations (resolve|probe|summary) --help\n$/);
  });
});

describe('tollgate operations probe, summary and the decision about one', () => {
  it('shows the result of a probe, and does not change the state', async () => {
    const id = await loseGrant('10111', 'reset-after');
    const before = await asOperator('show', id);
    expect(before.err).toContain('the gateway continues to probe: wait');
    expect(before.out).toMatch(
      /^Recommends +nothing yet: executed may follow from any probe, not_executed 3 to 15 minutes/m,
    );
    const { code, out, err } = await asOperator('probe', id);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^Snapshot +\S+: GET entitlement 938029\/10111 showed granted: false, subscription: false$/m,
    );
    expect(out).toMatch(/^Recommends +executed$/m);
    expect(out).toMatch(
      /^ +\S+Z probe by night-shift: GET entitlement 938029\/10111 shows granted: true, subscription: false: executed: /m,
    );
    expect(err).toContain('The evidence suggests executed');
    expect(err).toContain(` --if-match ${/^Version +(\S+)$/m.exec(out)?.[1]}\n`);
    expect((await stateOf(id)).state).toBe('unknown');
    const probes = (await asOperator('probe', id)).out.match(/ shows granted: true.*$/gm);
    expect(probes).toEqual([expect.stringMatching(/ \(2 times, last at \S+Z\)$/)]);
    const refused = await asOperator('probe', '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('404 operation-not-found')]);
  });

  it('counts the operations with an unknown outcome', async () => {
    const { code, out } = await asOperator('summary');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^COUNT +KIND +AWAITS +RECOMMENDATION +OLDEST SENT\n/),
    ]);
    expect(out).toMatch(/^1 +entitlement_grant +evidence +executed +\d{4}-/m);
    const json = await asOperator('summary', '--json');
    expect(linesOf(json.out).map((line) => JSON.parse(line).kind)).toContain('entitlement_grant');
  });

  it('decides only the version that was shown', async () => {
    const [item] = (await gateway.call('GET', '/v1/operations?recommendation=executed')).body.items;
    const version = /^Version +(\S+)$/m.exec((await asOperator('show', item.id)).out)?.[1] ?? '';
    await asOperator('probe', item.id);
    const stale = await asOperator('resolve', item.id, '--if-match', version, ...DECIDE);
    expect([stale.code, stale.err]).toEqual([1, expect.stringContaining('412 operation-changed')]);
    const current = /^Version +(\S+)$/m.exec((await asOperator('show', item.id)).out)?.[1] ?? '';
    expect((await asOperator('resolve', item.id, '--if-match', current, ...DECIDE)).code).toBe(0);
    const over = await asOperator('resolve', item.id, ...DECIDE);
    const final = expect.stringMatching(
      /409 operation-already-decided\): night-shift decided executed at \S+Z/,
    );
    expect([over.code, over.err]).toEqual([1, final]);
    const tied = await asOperator('resolve', item.id, '--if-match', version, ...DECIDE);
    expect([tied.code, tied.err]).toEqual([1, final]);
  });

  it('sends the migration that a decision names', async () => {
    await gateway.import2.fault('imports_create', 'reset-after');
    const body = { sourceTool: 'wordpress', destinationUsername: 'anna@acme.example' };
    const id = await lose(() => gateway.call('POST', '/v1/migrations', { body, idempotencyKey: 'm' }));
    const listed = await gateway.call('GET', '/v1/migrations?destinationUsername=anna%40acme.example');
    const migrationId = listed.body.items[0].id as string;
    const decided = await asOperator('resolve', id, '--migration-id', migrationId, ...DECIDE);
    expect(decided.out).toMatch(
      new RegExp(`^About +migration ${migrationId}, destination anna@acme.example$`, 'm'),
    );
    await gateway.spid.fault('voucher_handout', 'reset-before');
    const handout = { userId: '42', voucherGroupId: '324673248' };
    const other = await lose(() =>
      gateway.call('POST', '/v1/voucher-handouts', { body: handout, idempotencyKey: 'other' }),
    );
    const wrong = await asOperator('resolve', other, '--migration-id', '7', ...DECIDE);
    expect(wrong.err).toContain('--migration-id is only for operations that create a migration');
  });

  it('reports flags instead of headers and parameters', async () => {
    const refused = await asOperator(
      'list',
      '--awaits',
      'godot',
      '--recommendation',
      'maybe',
      '--limit',
      '0',
    );
    for (const flag of ['--awaits', '--recommendation', '--limit'])
      expect(refused.err).toContain(`  ${flag} must be`);
    const tenant = await asOperator('list', '--tenant', 'other');
    expect(tenant.err).not.toContain('Tollgate-Tenant');
    expect(tenant.err).toContain('--tenant');
  });
});
