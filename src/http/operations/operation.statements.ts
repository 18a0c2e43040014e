import { type OperationEvent, stateAfter, statesBefore } from './operation.state.js';

// The statements of every write. Their texts are constant: to put them together anew would cost the gateway more than
// to send them. Each takes a list of rows as JSON, so one text serves a write alone and many that come together.

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
  created_at: 'timestamptz',
  sent_at: 'timestamptz',
} as const;

/** A row to claim. `request` is JSON text, because a JSON value inside must not hold NUL, and text about it may. */
export type ClaimRow = Record<keyof typeof CLAIM_COLUMNS, string | null>;

const names = Object.keys(CLAIM_COLUMNS);
const typed = (columns: object) =>
  Object.entries(columns)
    .map(([name, type]) => `${name} ${String(type)}`)
    .join(', ');

const GIVEN = `given as (select * from json_to_recordset($1::json) as given (${typed(CLAIM_COLUMNS)}))`;

/** In the order of the keys, so that two that insert the same keys wait for each other and never in a circle. */
const INSERT = `
  insert into operations (${names.join(', ')}, lease_until)
  select ${names.map((name) => (name === 'request' ? 'request::json' : name)).join(', ')},
    now() + $2 * interval '1 millisecond'
  from given order by tenant, caller, kind, idempotency_key
  on conflict (tenant, caller, kind, idempotency_key) where key_in_force`;

/** The claim with its id where it took the key, otherwise with the row that holds it. */
const ANSWER = `
  select claim, id, null::json as held from claimed
  union all
  select given.claim, null, to_json(operations) from given join operations
    on operations.tenant = given.tenant and operations.caller = given.caller and operations.kind = given.kind
    and operations.idempotency_key = given.idempotency_key and operations.key_in_force
  where not exists (select from claimed where claimed.claim = given.claim)`;

/** Of one row: takes the key again, too, when its operation was released. */
export const CLAIM_ONE = `with ${GIVEN}, claimed as (${INSERT} do update set
    state = excluded.state, claim = excluded.claim, owner = excluded.owner,
    lease_until = excluded.lease_until, request_id = excluded.request_id, sent_at = excluded.sent_at,
    finished_at = null, attempts = operations.attempts + 1
  where operations.state in (${statesBefore('claim').map(literal).join(', ')})
    and operations.fingerprint = excluded.fingerprint
  returning claim, id)${ANSWER}`;

/**
 * Of many rows: only takes keys that nobody has. It locks no row that is there, so it cannot meet another statement
 * in a deadlock.
 */
export const CLAIM_MANY = `with ${GIVEN}, claimed as (${INSERT} do nothing returning claim, id)${ANSWER}`;

/** Times of a row; in JSON they are texts. */
export const TIME_COLUMNS = [
  'contradicted_at',
  'lease_until',
  'resolved_at',
  'created_at',
  'sent_at',
  'finished_at',
] as const;

const RECORD_COLUMNS = {
  id: 'uuid',
  claim: 'uuid',
  state: 'text',
  states_before: 'text[]',
  at: 'timestamptz',
  answer_status: 'integer',
  answer_body: 'text',
  answer_location: 'text',
  answer_ciphertext: 'text',
  answer_key_id: 'text',
  evidence: 'text',
  resolved_as: 'text',
  resolved_basis: 'text',
  resolved_by: 'text',
  resolution_reason: 'text',
} as const;

/** How one run ended. `evidence` is JSON text. */
export type RecordRow = Partial<
  Record<keyof typeof RECORD_COLUMNS, string | number | null | readonly string[] | undefined>
>;

export const RECORD = `
  update operations set
    state = given.state, lease_until = null, finished_at = given.at,
    answer_status = given.answer_status, answer_body = given.answer_body, answer_location = given.answer_location,
    answer_ciphertext = given.answer_ciphertext, answer_key_id = given.answer_key_id,
    evidence = operations.evidence || given.evidence::jsonb,
    resolved_as = given.resolved_as, resolved_basis = given.resolved_basis, resolved_by = given.resolved_by,
    resolution_reason = given.resolution_reason,
    resolved_at = case when given.resolved_as is null then null else now() end
  from json_to_recordset($1::json) as given (${typed(RECORD_COLUMNS)})
  where operations.id = given.id and operations.claim = given.claim
    and operations.state = any(given.states_before) and operations.resolved_at is null
  returning operations.claim, operations.kind`;

const ALREADY_SO = {
  resolved_as: 'executed',
  resolved_basis: 'already_so',
  resolved_by: 'gateway',
  resolution_reason: 'what was asked for was so before, and nothing was sent',
};

/** Columns of a record that follow from what happened. */
export function recordStates(event: OperationEvent): Partial<RecordRow> {
  return {
    state: stateAfter(event),
    states_before: statesBefore(event),
    ...(event === 'already-so' ? ALREADY_SO : {}),
  };
}

/** Only for words of ours. */
function literal(word: string): string {
  return `'${word}'`;
}
