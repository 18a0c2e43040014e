import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Canaries } from './canaries.js';
import { type ApiPaths, CALLS, type Made, refusedCalls, UPSTREAM_CALLS } from './canary.calls.js';
import { type CanaryResponse, CanaryWorld, type Stores } from './canary.world.js';
import { ALL_HOSTILITIES, type Hostility } from './hostile.upstream.js';
import { leaksIn, type Output } from './needles.js';

export interface CanaryRun {
  /** Servers in place of what is embedded. */
  readonly stores?: (canaries: Canaries) => Stores;
  /** Everything in the stores, as text, after this statement; the gateway has ended. */
  readonly dump: (world: CanaryWorld, statement?: string) => Promise<readonly Output[]>;
  /** Takes the stores away while `work` goes on. */
  readonly outage?: (work: () => Promise<unknown>) => Promise<void>;
}

const READS = ['checkEntitlement', 'listMigrationTools', 'listOperations', 'readMetrics', 'checkReadiness'];
const WRITES = [
  'grantEntitlement',
  'createVoucherGroup',
  'drawVoucherCodes',
  'createMigration',
  'importTokens',
  'receiveMigrationEvent',
];

/** Drives one gateway through everything, and promises that no secret came out anywhere. */
export function promiseNoLeaks(run: CanaryRun): void {
  const made: Made = { operationId: '', handoutId: '', migrationId: '', voucherCode: '' };
  const statuses = new Map<string, number>();
  const refusals: [string, number][] = [];
  let world: CanaryWorld;
  let metrics = '';

  const call = (name: string): Promise<CanaryResponse> => {
    const describe = CALLS[name];
    if (!describe) throw new Error(`no call for ${name}`);
    return world.call(name, describe(world, made));
  };

  const callAll = (names: readonly string[]) => Promise.all(names.map((name) => call(name)));

  beforeAll(async () => {
    world = await CanaryWorld.start(run.stores);
  });

  afterAll(() => world?.close());

  /** Every operation once, in an order in which each finds what it needs. */
  async function succeed(): Promise<void> {
    world.hostility('resets the connection');
    // Nothing is read before a handout, so its call is what meets the hostility.
    made.operationId = lastOf((await call('handOutVoucher')).body.operation);
    world.hostility(undefined);
    for (const name of Object.keys(CALLS)) {
      const { status, body } = await call(name);
      statuses.set(name, status);
      if (name === 'handOutVoucher') made.handoutId = body.id;
      if (name === 'drawVoucherCodes') made.voucherCode = body.items[0].code;
      if (name === 'createMigration') made.migrationId = body.id;
    }
  }

  /** The same keys again: replayed, with the stored responses decrypted, and refused for another body. */
  async function repeat(): Promise<void> {
    for (const name of WRITES) {
      const { keyed: _, ...first } = CALLS[name]?.(world, made) ?? { method: 'GET', path: '/' };
      const same = { ...first, headers: { ...first.headers, 'idempotency-key': `again-${name}` } };
      await world.call(name, same);
      await world.call(name, same);
      await world.call(name, { ...same, body: { ...(first.body as object), tokenName: 'other', amount: 1 } });
    }
  }

  /** All that is refused before an upstream is asked, with secrets in the request wherever one may stand. */
  async function beRefused(): Promise<void> {
    const { wrongApiKey, destinationToken, importedToken, apiKey } = world.canaries;
    const bodies = {
      createMigration: { sourceTool: 5, destinationToken: `${destinationToken}\n` },
      importTokens: { tokenName: 'demo', tokens: [importedToken, { importedToken }] },
      drawVoucherCodes: { amount: -1 },
    };
    for (const [name, body] of Object.entries(bodies)) {
      const { path } = CALLS[name]?.(world, made) ?? { path: '/' };
      for (const sent of [
        body,
        JSON.stringify(body).slice(0, -1),
        `{"a":${JSON.stringify(destinationToken)}x}`,
      ]) {
        await world.call(name, { method: 'POST', path, body: sent, keyed: true });
      }
      const text = { 'content-type': 'text/plain' };
      await world.call(name, { method: 'POST', path, body: destinationToken, keyed: true, headers: text });
      await world.call(name, { method: 'POST', path, body: importedToken.repeat(40_000), keyed: true });
    }
    const { guessedVoucherCode, refusedField } = world.canaries;
    for (const path of [guessedVoucherCode, `${guessedVoucherCode}/`, `${guessedVoucherCode}/codes`])
      await world.call('getVoucher', { method: 'GET', path: `/v1/vouchers/${path}` });
    const { body: document } = await world.call('a page', {
      method: 'GET',
      path: '/openapi.json',
      apiKey: null,
    });
    for (const [name, refused] of refusedCalls(document as ApiPaths, refusedField))
      refusals.push([name, (await world.call(name, refused)).status]);
    for (const name of ['checkEntitlement', 'readMetrics', 'createMigration']) {
      const asked = CALLS[name]?.(world, made) ?? { method: 'GET', path: '/' };
      await world.call(name, { ...asked, apiKey: wrongApiKey });
      await world.call(name, { ...asked, apiKey: null, headers: { authorization: `Basic ${apiKey}` } });
      await world.call(name, {
        ...asked,
        apiKey: null,
        headers: { authorization: `Bearer ${apiKey} ${apiKey}` },
      });
      await world.call(name, { ...asked, headers: { 'tollgate-tenant': 'other' } });
    }
  }

  async function meet(hostility: Hostility): Promise<void> {
    world.hostility(hostility);
    await callAll(UPSTREAM_CALLS);
    world.hostility(undefined);
  }

  /** The client secret is in these echoes. */
  async function meetHostileTokens(): Promise<void> {
    for (const hostility of ALL_HOSTILITIES) {
      await world.letIn(true);
      world.hostility(hostility, 'tokens');
      await callAll(['checkEntitlement', 'grantEntitlement', 'drawVoucherCodes']);
      world.hostility(undefined);
    }
  }

  // These calls come first, and one after another: what the tests below search is what came of all of them.
  it('carries out every operation, and repeats and refuses its keys', async () => {
    await succeed();
    await repeat();
  });

  it('refuses before any call of an upstream, with any secret in the request', beRefused);

  it.each(ALL_HOSTILITIES)('calls every operation while the upstreams are hostile: %s', meet);

  it('calls operations while the places for tokens are hostile', meetHostileTokens);

  it('calls every operation with credentials that the upstreams refuse', async () => {
    await world.letIn(false);
    await callAll(UPSTREAM_CALLS);
    await world.letIn(true);
  });

  it('calls operations while its stores are down, and is up again', async () => {
    await run.outage?.(() => callAll([...READS, ...WRITES]));
    while ((await call('checkReadiness')).body.status !== 'up')
      await new Promise((resolve) => setTimeout(resolve, 20));
    await callAll([...READS, 'listUpstreamHealth']);
    for (const path of PAGES) await world.call('a page', { method: 'GET', path, apiKey: null });
    await world.gateway.readProc();
    metrics = (await call('readMetrics')).text;
  });

  it('drives every operation of the document through success', async () => {
    const { body } = await world.call('a page', { method: 'GET', path: '/openapi.json', apiKey: null });
    const operations = Object.values(body.paths as object).flatMap((item) =>
      Object.values(item as object).map(({ operationId }: { operationId: string }) => operationId),
    );
    expect(Object.keys(CALLS).toSorted()).toEqual(operations.toSorted());
    expect([...statuses].filter(([, status]) => status > 299)).toEqual([]);
  });

  it('sends a secret in every field of every operation, to which nothing breaks', () => {
    expect(new Set(refusals.map(([name]) => name))).toEqual(new Set(Object.keys(CALLS)));
    expect(refusals.filter(([, status]) => status >= 500)).toEqual([]);
    expect(refusals.filter(([, status]) => status === 400).length).toBeGreaterThan(Object.keys(CALLS).length);
  });

  it('meets every hostility at every call of an upstream, and real secrets all the way', () => {
    expect(world.hostileResponses).toBeGreaterThan(ALL_HOSTILITIES.length * UPSTREAM_CALLS.length);
    for (const name of ['SPiD token', 'voucher code', 'migration token']) {
      expect([name, world.canaries.count(name)]).not.toEqual([name, 0]);
    }
    expect(world.gateway.output()).toContain('"level":"debug"');
  });

  it('leaves nothing for the last line to mask', () => {
    for (const sink of ['log', 'answer', 'ledger']) {
      expect(metrics).toContain(`tollgate_secret_incidents_total{sink="${sink}"} 0`);
    }
  });

  it('masks a secret that a vendor returns where its texts are passed on, and calls it an incident', async () => {
    const { import2ApiToken } = world.canaries;
    const title = JSON.stringify(`our token is ${import2ApiToken}`);
    world.changeSpid((path, text) =>
      path.includes('/vouchers/group') ? text.replaceAll(/"title":"[^"]*"/g, `"title":${title}`) : text,
    );
    const read = await call('getVoucherGroup');
    const written = await call('updateVoucherGroup');
    world.changeSpid((_path, text) => text);
    expect([read.body.title, written.body.title]).toEqual(Array(2).fill('our token is [redacted]'));
    const after = (await call('readMetrics')).text;
    expect(after).toMatch(/incidents_total\{sink="answer"\} [1-9]/);
    expect(after).toMatch(/incidents_total\{sink="ledger"\} [1-9]/);
    expect(world.gateway.output()).toContain('"secrets":["tenants[0].import2.apiToken"]');
  });

  it('names what is wrong with settings that hold secrets where none belong', async () => {
    const { spidClientSecret } = world.canaries;
    const file = world.folder.file.replace('tollgate.yaml', 'faulty.yaml');
    world.folder.replace('faulty.yaml', faultySettings(spidClientSecret));
    world.folder.replace('two-lines', `${spidClientSecret}\n${spidClientSecret}\n`);
    const start = world.spawn('faulty start', 'main.js', { TOLLGATE_CONFIG: file, PORT: '0' });
    const check = world.spawn('config check', 'cli/main.js', {}, ['config', 'check', file]);
    expect([await start.ended(), await check.ended()]).toEqual([1, 1]);
    expect(start.output()).toContain('tenants[0].spid.clientSecret');
    expect(check.output()).toContain('tenants[0].import2.apiToken');
  });

  it('shows operations on the command line while it runs', async () => {
    await callAll([...READS, ...WRITES]);
    const commands = [
      ['list', '--all'],
      ['list', '--all', '--json'],
      ['show', made.operationId, '--json'],
    ];
    const ends = commands.map((args) => world.tollgate(['operations', ...args]));
    ends.push(world.tollgate(['operations', 'show', made.operationId], 'process'));
    expect(await Promise.all(ends)).toEqual([0, 0, 0, 0]);
    await world.gateway.readProc();
  });

  it('crashes on an uncaught error with its text masked and nothing of what it carries', async () => {
    world.gateway.signal('SIGUSR2');
    expect(await world.gateway.ended()).toBe(1);
    expect(world.gateway.output()).toContain('crashed with [redacted]');
    expect(world.gateway.output()).not.toContain('"config"');
  });

  it('lets no secret out: not in a response, a header, a log line, a file, a table, or what the system reports', async () => {
    const outputs = [...(await world.outputs()), ...(await run.dump(world))];
    expect(outputs.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^gateway 1 stdout/),
        expect.stringMatching(/^readMetrics /),
        expect.stringMatching(/^table .*operations/),
        expect.stringMatching(/^tollgate operations show .* stdout/),
      ]),
    );
    expect(leaksIn(outputs, world.canaries.all())).toEqual([]);
  });

  it('would have found it: a leak that is planted in a file, a table and a log line', async () => {
    const { destinationToken, apiKey, spidClientSecret } = world.canaries;
    await writeFile(join(world.dataDir, 'planted.log'), Buffer.from(destinationToken).toString('hex'));
    const planted = `create table planted as select '${Buffer.from(apiKey).toString('base64')}' as leak`;
    const line = {
      name: 'planted line',
      bytes: Buffer.from(JSON.stringify({ msg: `Basic ${spidClientSecret}` })),
    };
    const outputs = [...(await world.outputs()), ...(await run.dump(world, planted)), line];
    const places = leaksIn(outputs, world.canaries.all()).map(
      ({ canary, output }) => `${canary} in ${output}`,
    );
    expect(places).toEqual(
      expect.arrayContaining([
        'destinationToken in file /planted.log',
        expect.stringMatching(/^apiKey in table .*planted$/),
        'spidClientSecret in planted line',
      ]),
    );
  });
}

const PAGES = [
  '/',
  '/docs',
  '/docs/swagger-ui-init.js',
  '/docs/openapi.json',
  '/docs/problems',
  '/openapi.json',
  '/favicon.ico',
  '/v1/users/%zz/entitlements',
];

function faultySettings(secret: string): string {
  const text = JSON.stringify(secret);
  const spid = `{ baseUrl: ${text}, clientId: c, clientSecret: ${text}, timeZone: UTC }`;
  const import2 = `{ baseUrl: https://import.example/api, apiToken: { file: two-lines }, ${text}: 1 }`;
  return `tenants: [{ name: t, spid: ${spid}, import2: ${import2} }]\ncallers: []\n`;
}

function lastOf(path: string): string {
  return path.split('/').at(-1) ?? '';
}
