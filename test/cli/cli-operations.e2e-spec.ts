import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/cli/tollgate.cli.js';
import { startGateway, type TestGateway } from '../support/gateway.js';
import {
  CHECKOUT_KEY,
  COLLEAGUE_KEY,
  NEIGHBOUR_KEY,
  OPERATOR_KEY,
  withOperators,
} from '../support/operations.callers.js';

const GROUP = '324673248';

let gateway: TestGateway;
let folder: string;
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway({ settings: withOperators });
  folder = mkdtempSync(join(tmpdir(), 'tollgate-cli-'));
});
afterEach(() => gateway.spid.clearFaults());
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await gateway.close();
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function tollgate(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  let out = '';
  let err = '';
  const code = await run(['operations', ...args], {
    env,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err };
}

const asOperator = (...args: string[]) =>
  tollgate([...args, '--url', gateway.url], { GATEWAY_KEY: OPERATOR_KEY });

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

const linesOf = (text: string) => text.split('\n').slice(0, -1);

describe('tollgate operations list', () => {
  it('prints aligned columns, newest first', async () => {
    const done = await handOut('938029');
    const open = await handOut('938029', 'reset-after');
    const { code, out, err } = await asOperator('list', '--user', '938029');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [head = '', ...rows] = linesOf(out);
    expect(head.split(/ {2,}/)).toEqual(['ID', 'CREATED', 'STATE', 'KIND', 'CALLER', 'ABOUT']);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const about = `user 938029, group ${GROUP}`;
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      [open, time, 'unknown', 'voucher_handout', 'checkout', about],
      [done, time, 'succeeded', 'voucher_handout', 'checkout', about],
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

  it.each([
    [[], 'No operations.\n'],
    [['--json'], ''],
  ])('reports an empty list, and what a key may not see: %j', async (flags, out) => {
    expect(await asOperator('list', '--user', 'nobody', ...flags)).toEqual({
      code: 0,
      out,
      err: expect.stringContaining('without operations:resolve sees only its own operations'),
    });
  });

  it('prints one page and the cursor of the next, or all pages', async () => {
    const one = await asOperator('list', '--user', '938029', '--limit', '1', '--json');
    const cursor = /--cursor (\S+),/.exec(one.err)?.[1] ?? '';
    const next = await asOperator('list', '--user', '938029', '--limit', '1', '--json', '--cursor', cursor);
    const all = await asOperator('list', '--user', '938029', '--limit', '1', '--json', '--all');
    expect([next.err, all.err]).toEqual(['', '']);
    expect(all.out).toBe(one.out + next.out);
    const table = await asOperator('list', '--user', '938029', '--limit', '1', '--all');
    expect(table.out).toBe((await asOperator('list', '--user', '938029')).out);
  });

  it('prints with --json what the API returns, one operation per line', async () => {
    const { out } = await asOperator('list', '--json', '--user', '938029');
    const { body } = await gateway.call('GET', '/v1/operations?userId=938029');
    expect(linesOf(out).map((line) => JSON.parse(line))).toEqual(body.items);
  });

  it('shows a caller its own, for the tenant it names', async () => {
    const asNeighbour = (...args: string[]) =>
      tollgate(['list', '--url', gateway.url, ...args], { GATEWAY_KEY: NEIGHBOUR_KEY });
    expect((await asNeighbour('--tenant', 'other')).out).toBe('No operations.\n');
    expect(await asNeighbour('--tenant', 'demo')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('(403 forbidden)'),
    });
  });

  it('reports the filters that the gateway refuses', async () => {
    const { code, out, err } = await asOperator('list', '--state', 'lost', '--limit', '101');
    expect({ code, out }).toEqual({ code: 1, out: '' });
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
      'Unknown since': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      Snapshot: 'none was read before the call',
      Kind: 'voucher_handout',
      About: `user 42, group ${GROUP}`,
      Caller: 'checkout',
      'Request id': expect.stringMatching(/^night-/),
      Response: 'none is stored',
      Request: `{"path":{},"body":{"userId":"42","voucherGroupId":"${GROUP}"}}`,
      Evidence: expect.stringMatching(/^\S+ gateway: how did the call end\? -> .*ECONNRESET/),
      Resolution: 'none',
    });
    expect(err).toContain('No probe can decide it');
    expect(err).toContain(`tollgate operations resolve ${id} --decision`);
    expect(err).toContain(` --if-match ${shown['Version']}\n`);
  });

  it('accepts the path in a problem, and prints JSON on one line', async () => {
    const id = await handOut('42');
    const { out, err } = await asOperator('show', `/v1/operations/${id}`, '--json');
    expect(JSON.parse(out)).toEqual((await gateway.call('GET', `/v1/operations/${id}`)).body);
    expect([linesOf(out).length, err]).toEqual([1, '']);
  });

  it('reports an operation that does not exist', async () => {
    const { code, err } = await asOperator('show', '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f');
    expect(code).toBe(1);
    expect(err).toContain('No such operation (404 operation-not-found)');
  });

  it('reports to a key without operations:resolve that it sees only its own', async () => {
    const id = await handOut('42', 'reset-after');
    const asColleague = (...args: string[]) =>
      tollgate([...args, '--url', gateway.url], { GATEWAY_KEY: COLLEAGUE_KEY });
    const hint = expect.stringContaining('without operations:resolve sees only its own operations');
    expect(await asColleague('show', id)).toMatchObject({ code: 1, out: '', err: hint });
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
    expect(decided.out).toMatch(/^ +\S+ night-shift: .* -> "OPS-1812"$/m);
    const again = await asOperator('resolve', id, '--decision', 'executed', ...REASON);
    expect(again).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/409 operation-already-decided.*Run show to see the decision/),
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

describe('the connection to the gateway', () => {
  const LIST = ['list', '--limit', '1'];

  function keyFile(text: string): string {
    const path = join(folder, `key-${++keys}`);
    writeFileSync(path, text);
    return path;
  }

  it('takes the key from a file, which has precedence over the environment', async () => {
    const args = [...LIST, '--url', gateway.url, '--key-file', keyFile(`${OPERATOR_KEY}\n`)];
    expect((await tollgate(args, { GATEWAY_KEY: 'wrong' })).code).toBe(0);
  });

  it('requires a key, and lists the ways to pass one', async () => {
    const { code, err } = await tollgate([...LIST, '--url', gateway.url], {});
    expect(code).toBe(2);
    for (const way of ['--key-file', 'GATEWAY_KEY', 'tg_demo_full_access']) expect(err).toContain(way);
  });

  it.each([
    ['no such file', () => join(folder, 'nowhere')],
    ['an empty file', () => keyFile('')],
    ['two keys', () => keyFile('canary-one canary-two')],
  ])('says what is wrong with %s, without the key', async (_, path) => {
    const { code, out, err } = await tollgate([...LIST, '--key-file', path()], {});
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^--key-file refers to a/);
    expect(err).not.toContain('canary');
  });

  it('reports a key that is not valid', async () => {
    const { code, err } = await tollgate([...LIST, '--url', gateway.url], { GATEWAY_KEY: 'canary' });
    expect(code).toBe(1);
    expect(err).toContain('No valid key (401 unauthenticated)');
    expect(err).not.toContain('canary');
  });

  it.each([
    [['list', '--url', 'gateway.example.com']],
    [['list', '--url', 'ftp://127.0.0.1']],
    [['list', '--url', 'http://gateway.example.com']],
    [['list', '--url', 'https://user:secret@gateway.example.com']],
    [['list', '--url', 'https://gateway.example.com/v1']],
    [['list', '--tenant', 'a b']],
    [['list', '--sate', 'unknown']],
    [['list', 'extra']],
    [['show']],
    [['show', 'no-id']],
    [['show', '../../health']],
    [['resolve', '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f', '--reason', 'because']],
    [['resolve', '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f', '--decision', 'executed']],
    [['resolve', '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f', '--decision', 'yes', '--reason', 'because']],
  ])('exits with 2, the error and one line, without a call: %j', async (args: string[]) => {
    const { code, out, err } = await tollgate(args, { GATEWAY_KEY: OPERATOR_KEY });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^error: .+\nHelp: tollgate operations (list|show|resolve) --help\n$/);
  });

  it('takes the address from GATEWAY_URL, and from --gateway before it', async () => {
    const environment = { GATEWAY_KEY: OPERATOR_KEY, GATEWAY_URL: gateway.url };
    expect((await tollgate(LIST, environment)).code).toBe(0);
    const elsewhere = { ...environment, GATEWAY_URL: 'http://127.0.0.1:9' };
    expect((await tollgate([...LIST, '--gateway', gateway.url], elsewhere)).code).toBe(0);
    const wrong = await tollgate(LIST, { ...environment, GATEWAY_URL: 'gateway.example.com' });
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/^error: GATEWAY_URL must /)]);
  });

  it('reports that the gateway cannot be reached', async () => {
    const url = await withServer(
      () => undefined,
      (free) => Promise.resolve(free),
    );
    const { code, err } = await tollgate([...LIST, '--url', url], { GATEWAY_KEY: OPERATOR_KEY });
    expect({ code, err }).toEqual({ code: 1, err: `${url} cannot be reached (ECONNREFUSED).\n` });
  });

  it('refuses the response of another program, or a redirect', async () => {
    await withServer(
      (_, response) => response.writeHead(302, { location: gateway.url }).end('<html>canary</html>'),
      async (url) => {
        const { code, out, err } = await tollgate([...LIST, '--url', url], { GATEWAY_KEY: OPERATOR_KEY });
        expect({ code, out }).toEqual({ code: 1, out: '' });
        expect(err).toBe(`The server at ${url} is not a Tollgate gateway (status 302).\n`);
      },
    );
  });

  it('skips empty pages of a list that continues', async () => {
    const pages = [
      ['', 'a'],
      ['cursor=a', 'b'],
      ['cursor=b', null],
    ];
    const asked: string[] = [];
    await withServer(
      ({ url = '' }, response) => {
        const { search } = new URL(url, 'http://gateway');
        asked.push(search);
        const [, nextCursor] = pages.find(([query]) => search === (query ? `?${query}` : '')) ?? [];
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ items: [], nextCursor }));
      },
      async (url) => {
        const { code, out } = await tollgate(['list', '--url', url], { GATEWAY_KEY: OPERATOR_KEY });
        expect({ code, out }).toEqual({ code: 0, out: 'No operations.\n' });
      },
    );
    expect(asked).toEqual(['', '?cursor=a', '?cursor=b']);
  });

  it('reports that a decision without a response may be recorded', async () => {
    await withServer(
      (request) => request.socket.destroy(),
      async (url) => {
        const id = '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f';
        const decision = ['--decision', 'executed', '--reason', 'because', '--if-match', '*'];
        const args = ['resolve', id, ...decision, '--url', url];
        const { code, err } = await tollgate(args, { GATEWAY_KEY: OPERATOR_KEY });
        expect(code).toBe(1);
        expect(err).toContain('returned no readable response');
        expect(err).toContain('may or may not be recorded');
        expect(err).toContain(`tollgate operations show ${id}`);
      },
    );
  });
});

/** A server of its own for the time of `work`; its port is free again afterwards. */
async function withServer<T>(
  answer: Parameters<typeof createServer>[1] & object,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
