import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { SharedState } from '../../store/state/shared.state.js';
import { Metrics } from '../../telemetry/metrics.js';

/** Where the limits of callers are counted. */
@Injectable()
export class CallerLimitsMetrics {
  constructor({ registry }: Metrics, shared: SharedState) {
    const degraded: Gauge = new Gauge({
      name: 'tollgate_caller_limits_degraded',
      help: '1 while Redis is away and this process counts the requests of callers by itself',
      registers: [registry],
      collect: () => degraded.set(Number(shared.isDegraded)),
    });
  }
}
