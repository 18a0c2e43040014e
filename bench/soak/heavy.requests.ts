import { randomUUID } from 'node:crypto';
import { TENANT } from '../support/bench.settings.js';
import type { BenchWorld } from '../support/bench.world.js';
import type { BenchGateway } from '../support/built.gateway.js';
import { type Call, send } from '../support/load.js';
import { atMost, type Figure } from '../support/report.js';
import { SOAK_CALLER } from './soak.load.js';

/** Each request of all clients waits that long for its turn. */
const STOPPED_MS_MAX = 50;

/** The first one is also the one for which code is compiled and documents are built. */
const TIMES = 5;

const EVENTS = 10_000;
const MIGRATION = 'soak-migration';

const OPERATIONS = 200;
/** As many as a probe stores for one operation. */
const EVIDENCE = 200;

interface Heavy {
  readonly name: string;
  /** `url` is the path. */
  readonly calls: readonly Call[];
}

/** As the statements below generate them. */
const ID = `(lpad(to_hex(1767225600000 + i), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid`;

const idOf = (index: number): string => {
  const hex = (value: number) => value.toString(16).padStart(12, '0');
  return `${hex(1_767_225_600_000 + index)}70008000${hex(index)}`;
};

/** One heavy request at a time, alone: for how long each stops the event loop. */
export async function heavyRequests(world: BenchWorld, gateway: BenchGateway): Promise<Figure[]> {
  await fill(world);
  const figures: Figure[] = [];
  for (const { name, calls } of [...VALID, ...HOSTILE]) {
    await gateway.measure();
    let stoppedMs = 0;
    for (let times = 0; times < TIMES; times += 1) {
      for (const call of calls) {
        const { status, problem } = await send({ ...call, url: `${gateway.url}${call.url}` });
        if (status === 0 || status >= 500) throw new Error(`${name}: ${status} ${problem ?? ''}`);
      }
      stoppedMs = Math.max(stoppedMs, (await gateway.measure()).stoppedMs);
    }
    figures.push({
      scenario: 'alone',
      measure: `loop stopped by ${name}`,
      value: stoppedMs,
      unit: 'ms',
      target: atMost(STOPPED_MS_MAX),
    });
  }
  return figures;
}

/** Rows as heavy as they get: events of one migration, and operations with all the evidence that is kept. */
async function fill({ postgres }: BenchWorld): Promise<void> {
  await postgres.query(
    `insert into migration_events (id, tenant, migration_id, upstream_status, upstream_status_code, users, occurred_at,
       received_at, signed, body_sha256, body_ciphertext, body_key_id)
     select ${ID}, $1, $2, 'complete', '7',
       '{"total": 3, "imported": 2}', now() + i * interval '1 second', now(), true, repeat('0', 64), repeat('A', 4000), 'bench'
     from generate_series(1, $3::int) as i`,
    [TENANT, MIGRATION, EVENTS],
  );
  await postgres.query(
    `insert into operations (id, claim, tenant, caller, kind, fingerprint, state, request, user_id, product_id, owner,
       evidence, snapshot, created_at, sent_at, finished_at)
     select ${ID}, gen_random_uuid(), $1, $2,
       'entitlement_grant', 'f', 'succeeded', json_build_object('params', json_build_object('userId', i::text)), '7', '1337', 'bench',
       (select jsonb_agg(jsonb_build_object('at', '2026-01-01T00:00:00.000Z', 'by', 'gateway', 'asked', repeat('q', 100),
          'seen', repeat('s', 200), 'shows', 'undecided')) from generate_series(1, $4::int)),
       '{"granted": false}', now(), now(), now()
     from generate_series(1, $3::int) as i`,
    [TENANT, SOAK_CALLER, OPERATIONS, EVIDENCE],
  );
}

const IDS = { userId: '42', voucherGroupId: '324673248' } as const;

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

const fields = (count: number) => Object.fromEntries(numbers(count).map((each) => [`f${each}`, each]));

const read = (path: string): Call => ({ url: path, caller: SOAK_CALLER });

const write = (body: Readonly<Record<string, unknown>>, path = '/v1/voucher-handouts'): Call => ({
  url: path,
  caller: SOAK_CALLER,
  method: 'POST',
  headers: { 'idempotency-key': randomUUID() },
  body,
});

/** Each page of the events, from the first to the last. */
function eventPages(): Call[] {
  const path = `/v1/migrations/${MIGRATION}/events?limit=100`;
  const cursorAfter = (event: number) => Buffer.from(idOf(event), 'hex').toString('base64url');
  const cursors = numbers(EVENTS / 100 - 1).map((page) => cursorAfter((page + 1) * 100));
  return [read(path), ...cursors.map((cursor) => read(`${path}&cursor=${cursor}`))];
}

const HOSTILE: readonly Heavy[] = [
  { name: 'a body of 100 kB, one string', calls: [write({ ...IDS, more: 'x'.repeat(100_000) })] },
  { name: 'a body of 1 MB, one string', calls: [write({ ...IDS, more: 'x'.repeat(1_000_000) })] },
  { name: 'a body of 1 MB, one long id', calls: [write({ ...IDS, userId: 'x'.repeat(1_000_000) })] },
  { name: 'a body of 100 kB, unknown fields', calls: [write({ ...IDS, ...fields(8_000) })] },
  { name: 'a body of 1 MB, unknown fields', calls: [write({ ...IDS, ...fields(70_000) })] },
  { name: 'a body of 1 MB, a list', calls: [write({ ...IDS, userId: numbers(150_000) })] },
  { name: 'a body of 20 kB, 4,000 values', calls: [write({ ...IDS, userId: numbers(4_000) })] },
  { name: 'a query of 12 kB', calls: [read(`/v1/operations?${Object.keys(fields(2_000)).join('&')}`)] },
];

const VALID: readonly Heavy[] = [
  { name: 'a check', calls: [read('/v1/users/42/entitlements/1337')] },
  { name: 'a write', calls: [write(IDS)] },
  {
    name: 'an import of 1,000 tokens',
    calls: [write({ tokenName: 'newsletter', tokens: numbers(1_000) }, '/v1/token-imports')],
  },
  { name: 'a list of 100 voucher groups', calls: [read('/v1/voucher-groups?limit=100')] },
  { name: '100 operations with evidence', calls: [read('/v1/operations?userId=7&limit=100')] },
  { name: 'a page of 10,000 events', calls: eventPages() },
  { name: 'the metrics', calls: [read('/metrics')] },
  { name: 'the health of all accounts', calls: [read('/health/upstreams')] },
  { name: 'the API document', calls: [read('/openapi.json')] },
  { name: 'the API documentation', calls: [read('/docs')] },
];
