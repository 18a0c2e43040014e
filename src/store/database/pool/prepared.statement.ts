import { hash } from 'node:crypto';

/** Any other value is passed as JSON text. */
export type StatementValue = string | number | null;

/**
 * A statement with a constant text. A session of the server parses and plans it once and keeps it under a name derived
 * from the text, so that sessions shared by several versions of this program never confuse two texts.
 * - Its plan is kept while the table grows: each access to a table of the ledger needs a condition that only an index can
 *   meet, in any order of joins.
 */
export class PreparedStatement {
  readonly name: string;

  constructor(readonly text: string) {
    this.name = `tollgate_${hash('sha256', text).slice(0, 32)}`;
  }
}
