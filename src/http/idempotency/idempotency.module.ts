import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { IdempotencyKeyGuard } from './idempotency.key.guard.js';
import { WritePlanner } from './write.planner.js';

/** Runs every `@Idempotent` route through the ledger. */
@Module({
  providers: [
    WritePlanner,
    { provide: APP_GUARD, useClass: IdempotencyKeyGuard },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
  ],
})
export class IdempotencyModule {}
