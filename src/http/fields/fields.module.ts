import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { UnreadBodyGuard } from './unread.body.guard.js';

/** What holds for the fields of every route. */
@Module({ providers: [{ provide: APP_GUARD, useClass: UnreadBodyGuard }] })
export class FieldsModule {}
