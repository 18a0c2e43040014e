import { sql } from 'kysely';
import { PreparedStatement } from '../../store/database/pool/prepared.statement.js';
import { type OperationEvent, stateAfter, statesBefore } from '../operation.state.js';

// The statements that end a run. Constant texts with rows as JSON, as in claim.statements.ts.

/** Quotes string literals; only for constants of the program, because nothing is escaped. */
export function literals(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ');
}

/** Column definitions for `json_to_recordset`. */
export function typed(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ');
}

/** Time columns of a row; strings in JSON. */
export const TIME_COLUMNS = [
  'contradicted_at',
  'lease_until',
  'resolved_at',
  'created_at',
  'sent_at',
  'finished_at',
] as const;

/** `KindRegistry.awaitsOf` in SQL. */
function awaits(provable: readonly string[]): string {
  return `case
      when operations.kind in (${literals(provable)}) and operations.snapshot is not null then 'evidence'
      else 'person'
    end`;
}

const RECORD_COLUMNS = {
  id: 'uuid',
  claim: 'uuid',
  state: 'text',
  states_before: 'text[]',
  migration_id: 'text',
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

/** The end of one run. `evidence` is JSON text. */
export type RecordRow = Partial<
  Record<keyof typeof RECORD_COLUMNS, string | number | null | readonly string[] | undefined>
>;

/**
 * $1: the rows, $2: their ids. The ids again as a condition on the table alone, so that no plan reads all of it.
 * @param provable kinds that evidence can decide
 */
export const recordStatement = (provable: readonly string[]): PreparedStatement =>
  new PreparedStatement(`
  update operations set
    state = given.state, lease_until = null, finished_at = now(),
    awaits = case when given.state = '${stateAfter('lose')}' then ${awaits(provable)} end, recommendation = null,
    migration_id = coalesce(given.migration_id, operations.migration_id),
    answer_status = given.answer_status, answer_body = given.answer_body, answer_location = given.answer_location,
    answer_ciphertext = given.answer_ciphertext, answer_key_id = given.answer_key_id,
    evidence = operations.evidence || given.evidence::jsonb,
    resolved_as = given.resolved_as, resolved_basis = given.resolved_basis, resolved_by = given.resolved_by,
    resolution_reason = given.resolution_reason,
    resolved_at = case when given.resolved_as is not null then now() end
  from json_to_recordset($1::json) as given (${typed(RECORD_COLUMNS)})
  where operations.id = any($2::uuid[]) and operations.id = given.id and operations.claim = given.claim
    and operations.state = any(given.states_before) and operations.resolved_at is null
  returning operations.claim, operations.kind, operations.tenant, operations.awaits`);

const ALREADY_SO = {
  resolved_as: 'executed',
  resolved_basis: 'already_so',
  resolved_by: 'gateway',
  resolution_reason: 'what was asked for was so before, and nothing was sent',
};

/** The resolution columns of an end that needs no decision. */
export function resolutionColumns(event: OperationEvent) {
  return event === 'already-so' ? { ...ALREADY_SO, resolved_at: sql<Date>`now()` } : {};
}

/** Columns that depend on the event. */
export function recordStates(event: OperationEvent): Partial<RecordRow> {
  return {
    state: stateAfter(event),
    states_before: statesBefore(event),
    ...(event === 'already-so' ? ALREADY_SO : {}),
  };
}

const IS_SENT = `operations.state in (${literals(statesBefore('expire'))})`;

/**
 * $1: maximum number of rows. `sent` becomes unknown; `claimed` is released, because `send` requires a claim in
 * force. Concurrent statements skip locked rows, so each row is returned once.
 */
export const endLeasesStatement = (provable: readonly string[]): string => `
  update operations set
    state = case when ${IS_SENT} then '${stateAfter('expire')}' else '${stateAfter('lapse')}' end,
    lease_until = null, finished_at = now(),
    awaits = case when ${IS_SENT} then ${awaits(provable)} end,
    evidence = evidence || jsonb_build_array(jsonb_build_object(
      'at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'by', 'gateway',
      'asked', 'does the process that began it still report?',
      'seen', case when ${IS_SENT}
        then 'its lease ended without a response' else 'its lease ended before it was sent' end))
  where state in (${literals([...statesBefore('expire'), ...statesBefore('lapse')])})
    and id in (
      select id from operations where lease_until < now()
      order by lease_until limit $1 for update skip locked)
  returning id, tenant, kind, state, awaits`;
