import { SERVER_MS } from '../../store/database/database.clock.js';
import { PreparedStatement } from '../../store/database/pool/prepared.statement.js';
import { literals, typed } from './end.statements.js';
import { stateAfter, statesBefore, UNFINISHED_STATES } from '../operation.state.js';

// The statements that start a write.
// - Their texts are constant: building them for each write would cost the gateway more than sending them.
// - Rows are passed as JSON, so one text serves a single write and a batch.
// - Each has no effect after a deadline in server time: by then the caller may know that nothing was sent.

const CLAIM_COLUMNS = {
  id: 'uuid',
  claim: 'uuid',
  tenant: 'text',
  account: 'text',
  exclusive_key: 'text',
  caller: 'text',
  kind: 'text',
  idempotency_key: 'text',
  fingerprint: 'text',
  request: 'text',
  user_id: 'text',
  product_id: 'text',
  voucher_group_id: 'text',
  migration_id: 'text',
  destination_username: 'text',
  request_id: 'text',
  owner: 'text',
  state: 'text',
} as const;

/** A row to claim. `request` is JSON text: a JSON value inside JSON must not contain NUL, text about it may. */
export type ClaimRow = Record<keyof typeof CLAIM_COLUMNS, string | null>;

const names = Object.keys(CLAIM_COLUMNS);
const values = (changes: Readonly<Record<string, string>>) =>
  names.map((name) => changes[name] ?? (name === 'request' ? 'request::json' : name)).join(', ');

const GIVEN = `given as (select * from json_to_recordset($1::json) as given (${typed(CLAIM_COLUMNS)}))`;

const LEASE_END = `now() + $2 * interval '1 millisecond'`;
const IN_TIME = 'clock_timestamp() < $3::timestamptz';

/** The key is in force. */
const SAME_KEY = `operations.tenant = given.tenant and operations.caller = given.caller
    and operations.kind = given.kind and operations.idempotency_key = given.idempotency_key
    and operations.key_in_force`;

/** An unfinished operation with the same exclusive key. */
const SAME_EXCLUSIVE_KEY = `operations.account = given.account and operations.exclusive_key = given.exclusive_key
    and operations.state in (${literals(UNFINISHED_STATES)})`;

/** Ordered by key, so that concurrent inserts of the same keys cannot deadlock. */
const insert = (condition: string) => `
  insert into operations (${names.join(', ')}, created_at, sent_at, lease_until)
  select ${values({})}, now(), now(), ${LEASE_END}
  from given
  where ${IN_TIME}${condition}
  order by tenant, caller, kind, idempotency_key
  on conflict (tenant, caller, kind, idempotency_key) where key_in_force`;

/** The limit forces an index lookup: with stale statistics the planner would scan the whole ledger. */
const heldBy = (condition: string) =>
  `(select to_json(operations) as held from operations where ${condition} limit 1) as holder`;

/** Returns the claim with its id if it took the key, otherwise the row that blocks it; and the time of the server. */
const response = (others: string) => `
  select claim, id, attempts, null as held_by, null::json as held, null::float8 as at, null::boolean as late
  from claimed
  union all
  select given.claim, null, null, 'key', held, null, null
  from given cross join lateral ${heldBy(SAME_KEY)}
  where not exists (select from claimed where claimed.claim = given.claim)${others}
  union all
  select null, null, null, null, null, ${SERVER_MS}, not ${IN_TIME}`;

const TAKE_AGAIN = `do update set
    state = excluded.state, claim = excluded.claim, owner = excluded.owner, account = excluded.account,
    exclusive_key = excluded.exclusive_key, request_id = excluded.request_id, sent_at = excluded.sent_at,
    lease_until = excluded.lease_until, finished_at = null, attempts = operations.attempts + 1, snapshot = null,
    recommendation = null
  where operations.state in (${literals(statesBefore('claim'))})
    and operations.fingerprint = excluded.fingerprint
    and excluded.claim <> all (coalesce(operations.abandoned_claims, '{}')) and ${IN_TIME}`;

const RETURNING = 'returning claim, id, attempts';

/** For one row; also takes the key of a released operation again. */
export const CLAIM_ONE = new PreparedStatement(
  `with ${GIVEN}, claimed as (${insert('')} ${TAKE_AGAIN} ${RETURNING})${response('')}`,
);

/**
 * For one row with an exclusive key; claims only if no unfinished operation has the same one. Concurrent claims are
 * separated by the unique index, which fails one statement. Never for several rows: locked in two orders, by key and
 * by exclusive key, statements could deadlock.
 */
export const CLAIM_EXCLUSIVE = new PreparedStatement(
  `with ${GIVEN}, claimed as (${insert(`
    and (select true from operations where ${SAME_EXCLUSIVE_KEY} limit 1) is null`)} ${TAKE_AGAIN} ${RETURNING})${response(`
  union all
  select given.claim, null, null, 'exclusive-key', held, null, null
  from given cross join lateral ${heldBy(SAME_EXCLUSIVE_KEY)}
  where not exists (select from claimed)`)}`,
);

/** For several rows without exclusive keys; takes only free keys. Locks no existing row, so it cannot deadlock. */
export const CLAIM_MANY = new PreparedStatement(
  `with ${GIVEN}, claimed as (${insert('')} do nothing ${RETURNING})${response('')}`,
);

const ASKED_COLUMNS = {
  at: 'int',
  tenant: 'text',
  account: 'text',
  exclusive_key: 'text',
  caller: 'text',
  kind: 'text',
  idempotency_key: 'text',
  fingerprint: 'text',
} as const;

/** A write to look up; `at` identifies it among those of the statement. */
export type AskedRow = Pick<ClaimRow, Exclude<keyof typeof ASKED_COLUMNS, 'at'>> & { readonly at: number };

/** Returns `at` of the writes whose key an operation of the ledger has, or which one excludes. Locks nothing and writes nothing. */
export const FIND_TAKEN = new PreparedStatement(`
  with given as (select * from json_to_recordset($1::json) as given (${typed(ASKED_COLUMNS)}))
  select given.at from given
  where (select true from operations where ${SAME_KEY}
      and (operations.state <> '${stateAfter('release')}' or operations.fingerprint <> given.fingerprint) limit 1)
    or (select true from operations where ${SAME_EXCLUSIVE_KEY} limit 1)`);

/** $1 id, $2 lease in milliseconds, $3 deadline, $4 claim, $5 snapshot as JSON text. */
export const SEND = new PreparedStatement(`with sent as (
  update operations set
    state = '${stateAfter('send')}', sent_at = now(), lease_until = ${LEASE_END}, snapshot = $5::text::jsonb
  where id = $1::uuid and claim = $4::uuid and state in (${literals(statesBefore('send'))}) and ${IN_TIME}
  returning kind, tenant)
select (select kind from sent) as kind, (select tenant from sent) as tenant, ${SERVER_MS} as at, not ${IN_TIME} as late`);

/** Outages within the life of a released operation; the deadlines of older claims have long passed. */
const ABANDONED_MAX = 100;

/**
 * Neutralizes a claim whose confirmation was lost, whether it was executed, is running on the server or has yet to
 * arrive:
 * - releases the row that it took
 * - forbids it to take a released row of its key; the row lock makes one of the two see the other
 * - inserts a released row under its id, so that its own insert fails
 * Returns the number of rows affected; 0: the claim committed meanwhile, run it again.
 */
export const ABANDON = `with ${GIVEN}, met as (
  update operations set
    state = '${stateAfter('release')}', lease_until = null, awaits = null,
    finished_at = case when operations.claim = given.claim then now() else finished_at end,
    abandoned_claims =
      (abandoned_claims || given.claim)[greatest(coalesce(cardinality(abandoned_claims), 0) - ${ABANDONED_MAX - 2}, 1):]
  from given
  where (operations.id = given.id or (${SAME_KEY})) and operations.resolved_at is null
    and (operations.state = '${stateAfter('release')}'
      or (operations.claim = given.claim and operations.state in (${literals(statesBefore('release'))})))
  returning operations.claim = given.claim as own),
fence as (
  insert into operations (${names.join(', ')}, key_in_force, evidence, created_at, sent_at, finished_at)
  select ${values({ exclusive_key: 'null', state: `'${stateAfter('release')}'` })}, false, $2::text::jsonb, now(), now(), now()
  from given where not exists (select from met where own)
  on conflict (id) do nothing
  returning id)
select (select count(*) from met where own) + (select count(*) from fence) as met`;
