import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { IdempotencyKeyGuard } from './idempotency.key.guard.js';
import { WritePlanner } from './write.planner.js';

/** Runs every `@Idempotent` route through the ledger. */
@Module({
  providers: [WritePlanner, { provide: APP_GUARD, useClass: IdempotencyKeyGuard }],
})
export class IdempotencyModule {}
