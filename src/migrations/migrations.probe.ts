import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SettingsSource } from '../config/settings/settings.source.js';
import { isSandbox } from '../config/vendor.account.js';
import type { ProbeResult } from '../reconciliation/finding.js';
import {
  type OutcomeProbe,
  OutcomeProbes,
  NothingToProbeError,
  type SnapshotReader,
} from '../reconciliation/outcome.probe.js';
import { findingOfCreation } from '../reconciliation/effect.finding.js';
import { readBefore } from '../ledger/operation.snapshot.js';
import type { Operation, OperationWrite } from '../ledger/operation.types.js';
import { CompetingOperations } from '../reconciliation/competing.operations.js';
import { Import2Clients } from '../upstreams/import2/import2.clients.js';
import type { MigrationStatus } from '../upstreams/import2/import2.types.js';

/** Statuses that a migration can have while no one has its redirect URL. */
const BEGINNING: ReadonlySet<MigrationStatus> = new Set(['collecting_credentials', 'waiting_for_sample']);

/**
 * Migrations of one username in a snapshot, at most; about 60 kB. A customer has a handful; a longer list is not
 * stored, and the operation waits for a person.
 */
const LISTED_MAX = 1_000;

/** Migrations of a username as stored in the snapshot of an operation. */
interface SeenMigrations {
  readonly migrations: readonly { readonly id: string; readonly status: string }[];
}

const LIST = 'list the migrations of its destination username';

/** Lists migrations by username, as snapshot and as probe, and records the status of migrations with an unknown payment. */
@Injectable()
export class MigrationsProbe implements OutcomeProbe, OnModuleInit {
  readonly kinds = ['migration_create', 'migration_payment_accept', 'migration_payment_reject'] as const;

  constructor(
    private readonly clients: Import2Clients,
    private readonly settings: SettingsSource,
    private readonly others: CompetingOperations,
    private readonly probes: OutcomeProbes,
  ) {}

  onModuleInit(): void {
    this.probes.add(this);
  }

  accountOf(tenant: string): string {
    return this.clients.of(tenant).account;
  }

  snapshotOf({ kind, tenant, subject }: OperationWrite): SnapshotReader | undefined {
    const { destinationUsername } = subject;
    if (kind !== 'migration_create' || destinationUsername === undefined || this.#isSandbox(tenant)) {
      return undefined;
    }
    return async () => {
      const migrations = await this.clients.of(tenant).findMigrations(destinationUsername);
      const seen: SeenMigrations = { migrations: migrations.map(({ id, status }) => ({ id, status })) };
      return { asked: LIST, seen: migrations.length > LISTED_MAX ? null : seen };
    };
  }

  probe(operation: Operation): Promise<ProbeResult> {
    return operation.kind === 'migration_create' ? this.#find(operation) : this.#noteStatus(operation);
  }

  async #find(operation: Operation): Promise<ProbeResult> {
    const { tenant, subject } = operation;
    const { destinationUsername } = subject;
    if (destinationUsername === undefined) {
      throw new NothingToProbeError('a migration without a destination username cannot be found again');
    }
    if (this.#isSandbox(tenant)) throw new NothingToProbeError('the sandbox of the upstream creates nothing');
    const migrations = await this.clients.of(tenant).findMigrations(destinationUsername);
    const listed = migrations.map(({ id, status }) => ({ id, status, isAtBeginning: BEGINNING.has(status) }));
    const before = readBefore(operation)?.seen as SeenMigrations | undefined;
    // In this order: a creation that ends in between is found by the second query, if not by the first.
    const causing = await this.others.creationsFor(operation);
    const ids = listed.map(({ id }) => id);
    const known = await this.others.knownMigrations(operation, ids);
    const around = { before: before ? new Set(before.migrations.map(({ id }) => id)) : null, known, causing };
    return { asked: LIST, finding: findingOfCreation(listed, around) };
  }

  /**
   * For the person who decides. No status proves a decision: `In preparation` means paid, by the tenant or by the
   * customer, and a rejection has no status (Import2 E2, E3).
   */
  async #noteStatus({ tenant, subject }: Operation): Promise<ProbeResult> {
    const { migrationId = '' } = subject;
    const { status } = await this.clients.of(tenant).getMigration(migrationId);
    const because = 'no status of a migration shows who decided about its payment';
    return { asked: `GET migration ${migrationId}`, finding: { shows: 'noted', seen: { status }, because } };
  }

  /** It returns the same to every read (Import2 E1). */
  #isSandbox(tenant: string): boolean {
    const import2 = this.settings.current.tenants.get(tenant)?.import2;
    return import2 !== undefined && isSandbox(import2);
  }
}
