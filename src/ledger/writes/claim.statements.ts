import { SERVER_MS } from '../../store/database/database.clock.js';
import { literals, typed } from './end.statements.js';
import { stateAfter, statesBefore, UNFINISHED_STATES } from '../operation.state.js';

// The statements that begin a write. Their texts are constant: to put them together anew would cost the gateway more
// than to send them. Rows come as JSON, so one text serves a write alone and many that come together. Each refuses
// itself after a deadline in the server's time: by then the caller may have heard that nothing was sent.

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

/** A row to claim. `request` is JSON text, because a JSON value inside must not hold NUL, and text about it may. */
export type ClaimRow = Record<keyof typeof CLAIM_COLUMNS, string | null>;

const names = Object.keys(CLAIM_COLUMNS);
const values = (changes: Readonly<Record<string, string>>) =>
  names.map((name) => changes[name] ?? (name === 'request' ? 'request::json' : name)).join(', ');

const GIVEN = `given as (select * from json_to_recordset($1::json) as given (${typed(CLAIM_COLUMNS)}))`;

const LEASE_END = `now() + $2 * interval '1 millisecond'`;
const IN_TIME = 'clock_timestamp() < $3::timestamptz';

/** Same key in force. */
const SAME_KEY = `operations.tenant = given.tenant and operations.caller = given.caller
    and operations.kind = given.kind and operations.idempotency_key = given.idempotency_key
    and operations.key_in_force`;

/** An operation on the same thing that is not finished. */
const SAME_THING = `operations.account = given.account and operations.exclusive_key = given.exclusive_key
    and operations.state in (${literals(UNFINISHED_STATES)})`;

/** In the order of the keys, so that two that insert the same keys wait for each other and never in a circle. */
const insert = (condition: string) => `
  insert into operations (${names.join(', ')}, created_at, sent_at, lease_until)
  select ${values({})}, now(), now(), ${LEASE_END}
  from given
  where ${IN_TIME}${condition}
  order by tenant, caller, kind, idempotency_key
  on conflict (tenant, caller, kind, idempotency_key) where key_in_force`;

/** The limit keeps to the index: without it, stale statistics make a scan of the whole ledger out of a lookup. */
const heldBy = (condition: string) =>
  `(select to_json(operations) as held from operations where ${condition} limit 1) as holder`;

/** The claim with its id where it took the key, otherwise what holds it; and the server's time. */
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

/** Of one row: takes the key again, too, when its operation was released. */
export const CLAIM_ONE = `with ${GIVEN}, claimed as (${insert('')} ${TAKE_AGAIN} ${RETURNING})${response('')}`;

/**
 * Of one row with an exclusive key: only when no other operation on the same thing is unfinished. Two at the same
 * moment are kept apart by the index; that statement fails. Never of many rows: with two orders, by key and by
 * exclusive key, statements could wait for each other in a circle.
 */
export const CLAIM_EXCLUSIVE = `with ${GIVEN}, claimed as (${insert(`
    and (select true from operations where ${SAME_THING} limit 1) is null`)} ${TAKE_AGAIN} ${RETURNING})${response(`
  union all
  select given.claim, null, null, 'thing', held, null, null
  from given cross join lateral ${heldBy(SAME_THING)}
  where not exists (select from claimed)`)}`;

/**
 * Of many rows without exclusive keys: only takes keys that are free. It locks no row that is there, so it cannot meet
 * another statement in a deadlock.
 */
export const CLAIM_MANY = `with ${GIVEN}, claimed as (${insert('')} do nothing ${RETURNING})${response('')}`;

/** $1 id, $2 lease in milliseconds, $3 deadline, $4 claim, $5 snapshot as JSON text. */
export const SEND = `with sent as (
  update operations set
    state = '${stateAfter('send')}', sent_at = now(), lease_until = ${LEASE_END}, snapshot = $5::text::jsonb
  where id = $1::uuid and claim = $4::uuid and state in (${literals(statesBefore('send'))}) and ${IN_TIME}
  returning kind, tenant)
select (select kind from sent) as kind, (select tenant from sent) as tenant, ${SERVER_MS} as at, not ${IN_TIME} as late`;

/** So many outages within the life of a released operation; older claims are long past their deadline. */
const ABANDONED_MAX = 100;

/**
 * Makes sure that a claim whose confirmation was lost leaves nothing behind, whether it has been carried out, is on
 * the server now or is still on its way: releases what it took; forbids it to take a released row of its key, which is
 * locked, so that it meets the prohibition or is met; and leaves a row under its id, on which its insert fails.
 * Returns how many rows it met: with none, what it took was committed meanwhile, so it has to be run again.
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
