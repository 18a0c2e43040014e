import { type Connection, DatabaseError } from 'pg';
import { BoundedQuery, type Done, type QueryBounds } from './bounded.query.js';
import { PreparedStatement, type StatementValue } from './prepared.statement.js';

/**
 * A plan is kept for all values and table sizes, so it must not depend on how few rows there were when it was made: with
 * these settings, local to the transaction, every lookup uses an index.
 */
const PLANNING = `set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)`;

/** The settings of a lane and those of planning, as one statement. */
export function preparedSettings(settings: string): PreparedStatement {
  return new PreparedStatement(`${settings}, ${PLANNING}`);
}

/** invalid_sql_statement_name and duplicate_prepared_statement. */
const NOT_KEPT: ReadonlySet<string | undefined> = new Set(['26000', '42P05']);

/**
 * Whether a statement failed because it was kept by another session: a pooler in transaction mode changes them. It was not
 * executed.
 */
export function isNotKept(error: unknown): boolean {
  return error instanceof DatabaseError && NOT_KEPT.has(error.code);
}

export interface PreparedCall {
  readonly statement: PreparedStatement;
  readonly values: readonly StatementValue[];
  /** From `preparedSettings`. */
  readonly settings: PreparedStatement;
  /** Names of the statements that the session has kept. */
  readonly kept: ReadonlySet<string>;
}

/** A BoundedQuery whose two statements are parsed and planned once in each session. */
export class PreparedQuery extends BoundedQuery {
  readonly #call: PreparedCall;

  constructor(call: PreparedCall, bounds: QueryBounds, done: Done) {
    super(call.statement.text, [], bounds, done);
    this.#call = call;
  }

  override submit(connection: Connection): Error | null {
    const { statement, values, settings } = this.#call;
    const { stream } = connection;
    // One packet for both.
    stream.cork();
    try {
      this.#bind(connection, settings, []);
      connection.execute({}, true);
      this.#bind(connection, statement, values);
      connection.describe({ type: 'P', name: '' }, true);
      connection.execute({}, true);
      connection.sync();
      return null;
    } finally {
      stream.uncork();
    }
  }

  #bind(connection: Connection, { name, text }: PreparedStatement, values: readonly StatementValue[]): void {
    if (!this.#call.kept.has(name)) {
      // An earlier try may have failed after it was parsed.
      connection.close({ type: 'S', name }, true);
      connection.parse({ name, text, types: [] }, true);
    }
    const texts = values.map((value) => (value === null ? null : String(value)));
    connection.bind({ statement: name, values: texts }, true);
  }
}
