import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { WriteBudgets } from './write.budgets.js';
import { IdempotencyKeyGuard } from './idempotency.key.guard.js';
import { WritePlanner } from './write.planner.js';

/** Runs every `@Idempotent` route through the ledger. Global, because features add their budgets. */
@Global()
@Module({
  providers: [WriteBudgets, WritePlanner, { provide: APP_GUARD, useClass: IdempotencyKeyGuard }],
  exports: [WriteBudgets],
})
export class IdempotencyModule {}
