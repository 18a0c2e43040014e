import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { IdempotencyKeyGuard } from './idempotency.key.guard.js';

@Module({ providers: [{ provide: APP_GUARD, useClass: IdempotencyKeyGuard }] })
export class OperationsModule {}
