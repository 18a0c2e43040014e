import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { AnswerKey } from '../config/settings.js';
import { SettingsSource } from '../config/settings.source.js';
import type { Secret } from '../config/secret.js';
import { AnswerCipher } from './sealing/answer.cipher.js';
import { EvidencePace } from '../reconciliation/reconciliation.schedule.js';
import { OperationLease } from './operation.lease.js';
import { RetentionSettings } from './upkeep/operation.retention.js';

/** What follows from the lease. */
@Injectable()
export class LedgerWaits {
  constructor(
    private readonly lease: OperationLease,
    private readonly pace: EvidencePace,
  ) {}

  extend(leaseMs: number): void {
    if (leaseMs <= this.lease.ms) return;
    this.lease.extend(leaseMs);
    this.pace.settleMs = Math.max(this.pace.settleMs, 2 * leaseMs);
  }
}

/** Gives the ledger the settings that a reload has put in force, before any request that begins under them. */
@Injectable()
export class LedgerRenewal implements OnModuleInit, OnApplicationShutdown {
  #unsubscribe: (() => void) | undefined;

  constructor(
    private readonly source: SettingsSource,
    private readonly cipher: AnswerCipher,
    private readonly retention: RetentionSettings,
    private readonly waits: LedgerWaits,
  ) {}

  onModuleInit(): void {
    this.#unsubscribe = this.source.onChange(() => this.#renew());
  }

  onApplicationShutdown(): void {
    this.#unsubscribe?.();
  }

  #renew(): void {
    const { answerKeys, retention, leaseMs } = this.source.current.ledger;
    this.cipher.take(answerKeys[0]?.id, ringOf(answerKeys));
    this.retention.take(retention.operationDays, retention.keyDays);
    this.waits.extend(leaseMs);
  }
}

/** The keys by their ids. */
export function ringOf(answerKeys: readonly AnswerKey[]): ReadonlyMap<string, Secret> {
  return new Map(answerKeys.map(({ id, key }) => [id, key]));
}
