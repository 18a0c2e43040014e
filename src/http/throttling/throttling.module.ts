import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { SharedStateModule } from '../../store/state/shared.state.module.js';
import { CallerAdmission } from './caller.admission.js';
import { CallerLimitsMetrics } from './caller.limits.metrics.js';
import { CallerPlaces } from './caller.places.js';
import { CALLER_THROTTLER, CallerThrottlerGuard } from './caller.throttler.guard.js';

/** Limits of callers. */
@Module({
  imports: [SharedStateModule, ThrottlerModule.forRoot({ throttlers: [CALLER_THROTTLER] })],
  providers: [
    CallerPlaces,
    CallerAdmission,
    CallerLimitsMetrics,
    { provide: APP_GUARD, useClass: CallerThrottlerGuard },
  ],
})
export class ThrottlingModule {}
