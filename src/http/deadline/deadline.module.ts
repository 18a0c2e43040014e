import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DeadlineGuard } from './deadline.guard.js';

/** Deadlines of callers. Import it after AuthModule: the least deadline of a write depends on the tenant. */
@Module({ providers: [{ provide: APP_GUARD, useClass: DeadlineGuard }] })
export class DeadlineModule {}
