import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { AnswerKey } from '../config/settings/ledger.settings.js';
import { SettingsSource } from '../config/settings/settings.source.js';
import type { Secret } from '../config/secrets/secret.js';
import { LedgerCipher } from './sealing/ledger.cipher.js';
import { LeaseDuration } from './lease.duration.js';
import { RetentionSettings } from './upkeep/operation.retention.js';

/** Applies reloaded settings to the ledger before any request that starts under them. */
@Injectable()
export class LedgerSettingsUpdate implements OnModuleInit, OnApplicationShutdown {
  #unsubscribe: (() => void) | undefined;

  constructor(
    private readonly source: SettingsSource,
    private readonly cipher: LedgerCipher,
    private readonly retention: RetentionSettings,
    private readonly lease: LeaseDuration,
  ) {}

  onModuleInit(): void {
    this.#unsubscribe = this.source.onChange(() => this.#update());
  }

  onApplicationShutdown(): void {
    this.#unsubscribe?.();
  }

  #update(): void {
    const { answerKeys, operationDays, keyDays, leaseMs } = this.source.current.ledger;
    this.cipher.take(answerKeys[0]?.id, ringOf(answerKeys));
    this.retention.take(operationDays, keyDays);
    this.lease.extend(leaseMs);
  }
}

/** The keys by id. */
export function ringOf(answerKeys: readonly AnswerKey[]): ReadonlyMap<string, Secret> {
  return new Map(answerKeys.map(({ id, key }) => [id, key]));
}
