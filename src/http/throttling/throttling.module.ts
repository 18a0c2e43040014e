import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { SharedState } from '../../store/state/shared.state.js';
import { SharedStateModule } from '../../store/state/shared.state.module.js';
import { CALLER_THROTTLER, CallerThrottlerGuard } from './caller.throttler.guard.js';
import { SharedThrottlerStorage } from './shared.throttler.storage.js';

/** Rate limits of callers. */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      imports: [SharedStateModule],
      inject: [SharedState],
      useFactory: (state: SharedState) => ({
        throttlers: [CALLER_THROTTLER],
        storage: new SharedThrottlerStorage(state),
      }),
    }),
  ],
  providers: [{ provide: APP_GUARD, useClass: CallerThrottlerGuard }],
})
export class ThrottlingModule {}
