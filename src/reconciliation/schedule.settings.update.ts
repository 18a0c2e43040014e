import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SettingsSource } from '../config/settings/settings.source.js';
import { ProbeTimes } from './probe.times.js';

/** Keeps `settleMs` at two leases or more when a reload extends the lease. */
@Injectable()
export class ScheduleSettingsUpdate implements OnModuleInit, OnApplicationShutdown {
  #unsubscribe: (() => void) | undefined;
  #leaseMs: number;

  constructor(
    private readonly source: SettingsSource,
    private readonly schedule: ProbeTimes,
  ) {
    this.#leaseMs = source.current.ledger.leaseMs;
  }

  onModuleInit(): void {
    this.#unsubscribe = this.source.onChange(() => this.#update());
  }

  onApplicationShutdown(): void {
    this.#unsubscribe?.();
  }

  #update(): void {
    const { leaseMs } = this.source.current.ledger;
    if (leaseMs <= this.#leaseMs) return;
    this.#leaseMs = leaseMs;
    this.schedule.settleMs = Math.max(this.schedule.settleMs, 2 * leaseMs);
  }
}
