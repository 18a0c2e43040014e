import { gzipSync } from 'node:zlib';
import { LedgerCipher } from '../../src/ledger/sealing/ledger.cipher.js';
import { SettingsSource } from '../../src/config/settings/settings.source.js';
import { MigrationEventRetention } from '../../src/migrations/events/migration.event.retention.js';
import type { DatabaseClock } from '../../src/store/database/database.clock.js';
import { Database } from '../../src/store/database/database.js';
import { type CallResponse, startGateway, type TestGateway } from '../support/gateway.js';
import {
  announcement,
  deliver,
  type DeliveryOptions,
  SECRETS,
  signatureOf,
  TOKEN,
  TRUSTING_KEY,
  webhookSettings,
} from '../support/vendors/webhooks.js';

const KIB = 1024;
const DAY_MS = 86_400_000;

describe('POST /webhooks/import2/{tenant}', () => {
  let gateway: TestGateway;
  let log: string;

  beforeAll(async () => {
    log = '';
    gateway = await startGateway({
      settings: webhookSettings,
      log: { write: (line: string) => void (log += line) },
    });
  });

  afterAll(() => gateway.close());

  const stored = async (): Promise<number> => {
    const database = gateway.app.get(Database, { strict: false });
    return (await database.run((db) => db.selectFrom('migration_events').select('id').execute())).length;
  };

  /** The response without request id and date: what a sender can compare. */
  const seen = ({ status, headers, body }: CallResponse) => {
    const { instance: _, ...rest } = body;
    const kept = [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
    return { status, headers: Object.fromEntries(kept), body: rest };
  };

  const base64Of = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
  const now = Date.now();
  const good = () => announcement();
  const old = () => announcement({ timestamp: Date.now() - 11_000 });

  const refused: [string, (() => string) | string, (body: string) => DeliveryOptions][] = [
    ['an unknown tenant', good, () => ({ tenant: 'nobody' })],
    ['a name that is no tenant name', good, () => ({ tenant: '__proto__' })],
    ['a very long name', good, () => ({ tenant: 'a'.repeat(1_000) })],
    ['a path in the name', good, () => ({ tenant: '..%2f..%2fdemo' })],
    ['a tenant without a webhook', good, () => ({ tenant: 'silent' })],
    ['a tenant without Import2', good, () => ({ tenant: 'bare' })],
    ['no signature', good, () => ({ signature: null })],
    ['an empty signature', good, () => ({ signature: '' })],
    ['a signature of other bytes', good, () => ({ signature: signatureOf('{}') })],
    ["another tenant's secret", good, (body) => ({ signature: signatureOf(body, SECRETS.other) })],
    ['a webhook for another tenant', good, () => ({ tenant: 'other' })],
    ['a base64 digest (Import2 E4)', good, (body) => ({ signature: base64Of(signatureOf(body)) })],
    ['large hex', good, (body) => ({ signature: signatureOf(body).toUpperCase() })],
    ['a signature and a half', good, (body) => ({ signature: `${signatureOf(body)}00` })],
    ['a replay from before the window (Import2 F35)', old, () => ({})],
    ['a time in the future', () => announcement({ timestamp: Date.now() + 60_000 }), () => ({})],
    ['a time in seconds', () => announcement({ timestamp: Math.floor(now / 1_000) }), () => ({})],
    ['a signed one without a time', () => announcement({ timestamp: undefined }), () => ({})],
    ['no JSON, unsigned', 'not json', () => ({ signature: null })],
    ['no body', '', () => ({ signature: signatureOf('x') })],
  ];

  it('returns the same 401 for every webhook that is not authenticated, and stores nothing', async () => {
    const before = await stored();
    const responses: [string, unknown][] = [];
    for (const [name, body, options] of refused) {
      const text = typeof body === 'string' ? body : body();
      responses.push([name, seen(await deliver(gateway, text, options(text)))]);
    }
    const [, first] = responses[0]!;
    expect(first).toMatchObject({
      status: 401,
      body: { type: '/docs/problems/unauthenticated', detail: 'This webhook is not accepted.' },
    });
    for (const [name, response] of responses) expect([name, response]).toEqual([name, first]);
    expect(await stored()).toBe(before);
  });

  it('needs no key, and does not accept a key as authentication', async () => {
    expect((await deliver(gateway, announcement())).status).toBe(202);
    const headers = { authorization: 'Bearer tg_demo_full_access' };
    expect((await deliver(gateway, announcement(), { signature: null, headers })).status).toBe(401);
    expect(
      (await deliver(gateway, announcement(), { headers: { authorization: 'Basic eDp4' } })).status,
    ).toBe(202);
  });

  it('stores an event once when it is replayed within the window', async () => {
    const body = announcement({ id: 'replayed' });
    const before = await stored();
    for (let times = 0; times < 3; times += 1) expect((await deliver(gateway, body)).status).toBe(202);
    expect(await stored()).toBe(before + 1);
  });

  const unreadable = () => {
    const database = gateway.app.get(Database, { strict: false });
    return database.run((db) => db.selectFrom('unreadable_events').selectAll().orderBy('id').execute());
  };

  const counted = async () => {
    const { text } = await gateway.call('GET', '/metrics');
    return Number(/^tollgate_webhooks_unreadable_total\{tenant="demo"\} (\d+)/m.exec(text)?.[1] ?? 0);
  };

  const sendBytes = (bytes: Buffer, headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}/webhooks/import2/demo`, {
      method: 'POST',
      headers: { 'x-authorization-content-sha256': signatureOf(bytes), ...headers },
      body: new Uint8Array(bytes),
    });

  it.each<[string, string | Buffer]>([
    ['not JSON', '{'],
    ['a list', '[]'],
    ['no id', announcement({ id: undefined })],
    ['an id with a path', announcement({ id: '../tools' })],
    ['an id with a fraction', announcement({ id: 1.5 })],
    ['an id of another type', announcement({ id: { canary: TOKEN } })],
    ['a line break in the status', announcement({ status: 'a\nb' })],
    ['a status that is too long', announcement({ status: 'a'.repeat(201) })],
    ['a time in words', announcement({ timestamp: 'yesterday' })],
    ['an id only in the prototype', '{"__proto__":{"id":"1"},"timestamp":1}'],
    ['depth without an end', '['.repeat(30_000)],
    ['depth', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['bytes that are not UTF-8', Buffer.from('{"id":"1","status":"\xff"}', 'latin1')],
    ['compressed bytes', gzipSync(announcement())],
    ['a NUL alone', Buffer.from([0])],
  ])('stores a signed body with %s encrypted, once, and returns 202', async (_, body) => {
    const bytes = Buffer.from(body);
    const [events, before, count] = [await stored(), await unreadable(), await counted()];
    for (let times = 0; times < 2; times += 1) {
      const response = await sendBytes(bytes, { 'content-encoding': 'gzip' });
      expect([response.status, await response.text()]).toEqual([202, '']);
    }
    const [row, ...others] = (await unreadable()).slice(before.length);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ tenant: 'demo', body_bytes: bytes.length, reason: expect.any(String) });
    const sealed = { keyId: row!.body_key_id, ciphertext: row!.body_ciphertext };
    const cipher = gateway.app.get(LedgerCipher, { strict: false });
    expect(Buffer.from(cipher.open(row!.id, sealed), 'base64').equals(bytes)).toBe(true);
    expect(JSON.stringify(row)).not.toContain(TOKEN);
    expect([await counted(), await stored()]).toEqual([count + 1, events]);
  });

  it('deletes unreadable bodies after the retention period of events', async () => {
    const sweepIn = (days: number) => {
      const time = { now: () => new Date(Date.now() + days * DAY_MS) } as DatabaseClock;
      const database = gateway.app.get(Database, { strict: false });
      const settings = gateway.app.get(SettingsSource, { strict: false });
      return new MigrationEventRetention(database, settings, time).sweep();
    };
    const before = await unreadable();
    expect(before.length).toBeGreaterThan(0);
    await sweepIn(399);
    expect(await unreadable()).toEqual(before);
    await sweepIn(401);
    expect(await unreadable()).toEqual([]);
  });

  it('verifies the signature over the received bytes', async () => {
    const body = ` {"timestamp" : ${Date.now()},\n\t"id":"spaced", "status":"Migration\\u0020completed" } `;
    expect((await deliver(gateway, body)).status).toBe(202);
    const normal = JSON.stringify(JSON.parse(body));
    expect((await deliver(gateway, body, { signature: signatureOf(normal) })).status).toBe(401);
  });

  it('accepts 64 KiB and returns 413 above, also without a signature', async () => {
    const empty = announcement({ id: 'large', padding: '' });
    const full = empty.replace('"padding":""', `"padding":"${'a'.repeat(64 * KIB - empty.length)}"`);
    expect([full.length, (await deliver(gateway, full)).status]).toEqual([64 * KIB, 202]);
    for (const signature of [signatureOf(`${full} `), null]) {
      expect((await deliver(gateway, `${full} `, { signature })).status).toBe(413);
    }
    // This route has a limit of its own.
    const other = await gateway.call('POST', '/v1/migrations', { body: full, idempotencyKey: 'large' });
    expect(other.status).toBe(400);
  });

  it.each<Record<string, string>>([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-type': ';' },
    { 'content-encoding': 'gzip' },
  ])('is identified by its bytes, independent of its headers: %j', async (headers) => {
    expect((await deliver(gateway, announcement(), { headers })).status).toBe(202);
  });

  it('returns 405 to other methods', async () => {
    const read = await gateway.call('GET', '/webhooks/import2/demo', { key: null });
    expect([read.status, read.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('is not served under /v1', async () => {
    const response = await gateway.call('POST', '/v1/webhooks/import2/demo', { body: announcement() });
    expect(response.status).toBe(404);
  });

  it('logs no secret and no token, and no unknown tenant of a refusal', () => {
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const reasons = lines.filter(({ msg }) => msg === 'a webhook is refused');
    expect(new Set(reasons.map(({ reason }) => reason))).toEqual(new Set(['no webhook', 'signature', 'age']));
    expect(log).not.toContain('nobody');
    expect(log).not.toContain('aaaaaaaa');
    for (const canary of [...Object.values(SECRETS), TOKEN]) expect(log).not.toContain(canary);
  });
});

describe('a tenant that accepts unsigned webhooks', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ settings: webhookSettings });
  });

  afterAll(() => gateway.close());

  const send = (body: string, signature: string | null = null) =>
    deliver(gateway, body, { tenant: 'trusting', signature });
  const itemsOf = async (id: string) =>
    (await gateway.call('GET', `/v1/migrations/${id}/events`, { key: TRUSTING_KEY })).body.items;

  it('accepts them with or without a timestamp, and with a signature that cannot be verified', async () => {
    const legacy = announcement({ id: 'legacy', timestamp: undefined });
    expect((await send(legacy)).status).toBe(202);
    // Without a timestamp, a repeat cannot be distinguished from the same step reached twice.
    expect((await send(legacy)).status).toBe(202);
    expect(await itemsOf('legacy')).toMatchObject([{ occurredAt: null }, { occurredAt: null }]);
    expect((await send(announcement({ id: 'today' }), 'f'.repeat(64))).status).toBe(202);
    expect(await itemsOf('today')).toHaveLength(1);
  });

  it('refuses old timestamps and timestamps in the future', async () => {
    for (const timestamp of [Date.now() - 60_000, Date.now() + 60_000]) {
      expect((await send(announcement({ timestamp }))).status).toBe(401);
    }
  });

  it('returns 400 for one that cannot be parsed, and stores nothing', async () => {
    const response = await send('{');
    expect(response.body).toMatchObject({ status: 400, type: '/docs/problems/validation-failed' });
    expect(response.body).not.toHaveProperty('errors');
    const database = gateway.app.get(Database, { strict: false });
    expect(await database.run((db) => db.selectFrom('unreadable_events').selectAll().execute())).toEqual([]);
  });

  it('accepts 120 per minute from one address, because anyone could fill the database', async () => {
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 130) {
      statuses.push((await send(announcement({ id: 'flood', timestamp: undefined }))).status);
    }
    expect(statuses.length).toBeLessThanOrEqual(121);
    const last = await send(announcement());
    expect([last.status, Number(last.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    // Signed webhooks are not limited by it.
    expect((await deliver(gateway, announcement())).status).toBe(202);
  });

  it('counts wrong signatures separately, by address, without limiting valid ones', async () => {
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 130) {
      statuses.push((await deliver(gateway, announcement(), { signature: null })).status);
    }
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect((await gateway.call('GET', '/v1/migrations/1/events', { key: 'tg_wrong' })).status).toBe(429);
    expect((await deliver(gateway, announcement())).status).toBe(202);
  });
});

describe('webhooks without a database', () => {
  let gateway: TestGateway;
  let log = '';

  beforeAll(async () => {
    gateway = await startGateway({
      settings: webhookSettings,
      env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
      log: { write: (line: string) => void (log += line) },
    });
  });

  afterAll(() => gateway.close());

  it('return 503, and the log names the lost event without its token', async () => {
    const response = await deliver(gateway, announcement({ id: '4711' }));
    expect(response.body).toMatchObject({ status: 503, type: '/docs/problems/ledger-unavailable' });
    expect(response.body).not.toHaveProperty('outcome');
    expect(response.headers.get('retry-after')).toBe('5');
    const lost = log.split('\n').find((line) => line.includes('4711')) ?? '{}';
    expect(JSON.parse(lost)).toMatchObject({
      level: 'error',
      tenant: 'demo',
      migrationId: '4711',
      upstreamStatus: 'Sample migration completed',
    });
    expect(log).not.toContain(TOKEN);
  });

  it('return 503 when signed and unreadable, and the log reports the loss without the body', async () => {
    expect((await deliver(gateway, announcement({ id: null, status: 'canary-status' }))).status).toBe(503);
    expect(log).toContain('cannot be parsed and could not be stored: it is lost');
    expect(log).not.toContain('canary-status');
  });

  it('return 401 when not authenticated, and 503 to a list of events', async () => {
    expect((await deliver(gateway, announcement(), { signature: null })).status).toBe(401);
    const response = await gateway.call('GET', '/v1/migrations/4711/events');
    expect(response.body).toMatchObject({ status: 503, type: '/docs/problems/ledger-unavailable' });
  });
});
