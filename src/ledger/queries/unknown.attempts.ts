import { Injectable } from '@nestjs/common';
import { Database } from '../../store/database/database.js';
import type { OperationKind } from '../operation.kind.js';

/** One attempt of an operation whose outcome is unknown. */
export interface UnknownAttempt {
  readonly id: string;
  readonly tenant: string;
  /** UUID of this attempt. */
  readonly claim: string;
  readonly attempts: number;
}

/** Finds the operations to be reconciled. */
@Injectable()
export class UnknownAttempts {
  constructor(private readonly database: Database) {}

  /** In id order, after `after`. @throws DatabaseUnavailableError */
  page(kinds: readonly OperationKind[], after: string | undefined, limit: number): Promise<UnknownAttempt[]> {
    if (kinds.length === 0) return Promise.resolve([]);
    return this.database.run(
      (db) =>
        db
          .selectFrom('operations')
          .select(['id', 'tenant', 'claim', 'attempts'])
          .where('state', '=', 'unknown')
          .where('kind', 'in', kinds)
          .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
          .orderBy('id')
          .limit(limit)
          .execute(),
      'background',
    );
  }
}
