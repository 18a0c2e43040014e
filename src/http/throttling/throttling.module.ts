import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { Clock } from '../../config/clock.js';
import { CALLER_THROTTLER, CallerThrottlerGuard } from './caller.throttler.guard.js';
import { MemoryThrottlerStorage } from './memory.throttler.storage.js';

/** How often a caller may ask. */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [Clock],
      useFactory: (clock: Clock) => ({
        throttlers: [CALLER_THROTTLER],
        storage: new MemoryThrottlerStorage(clock),
      }),
    }),
  ],
  providers: [{ provide: APP_GUARD, useClass: CallerThrottlerGuard }],
})
export class ThrottlingModule {}
