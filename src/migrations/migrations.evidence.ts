import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SettingsSource } from '../config/settings.source.js';
import { type EvidenceSource, EvidenceSources, type Sighting } from '../http/operations/evidence.source.js';
import { type Finding, judgeCreation } from '../http/operations/operation.evidence.js';
import type { Operation } from '../http/operations/operation.types.js';
import { OtherOperations } from '../http/operations/other.operations.js';
import { Import2Clients } from '../upstreams/import2/import2.clients.js';
import type { MigrationStatus } from '../upstreams/import2/import2.nouns.js';

/** Where a migration can stand whose address nobody has. */
const BEGINNING: ReadonlySet<MigrationStatus> = new Set(['collecting_credentials', 'waiting_for_sample']);

/** Looks for migrations by their destination username, and notes where those stand whose payment is unknown. */
@Injectable()
export class MigrationsEvidence implements EvidenceSource, OnModuleInit {
  readonly kinds = ['migration_create', 'migration_payment_accept', 'migration_payment_reject'] as const;

  constructor(
    private readonly clients: Import2Clients,
    private readonly settings: SettingsSource,
    private readonly others: OtherOperations,
    private readonly sources: EvidenceSources,
  ) {}

  onModuleInit(): void {
    this.sources.add(this);
  }

  look(operation: Operation): Promise<Sighting> {
    return operation.kind === 'migration_create'
      ? this.#lookForMigration(operation)
      : this.#lookAtStatus(operation);
  }

  async #lookForMigration(operation: Operation): Promise<Sighting> {
    const { tenant, subject } = operation;
    const { destinationUsername } = subject;
    const asked = 'list the migrations of its destination username';
    if (destinationUsername === undefined) {
      return untellable(asked, 'a migration without a destination username cannot be found again');
    }
    if (this.#isSandbox(tenant)) return untellable(asked, 'the sandbox of the upstream creates nothing');
    const migrations = await this.clients.of(tenant).findMigrations(destinationUsername);
    const listed = migrations.map(({ id, status }) => ({ id, status, isAtBeginning: BEGINNING.has(status) }));
    return { asked, finding: judgeCreation(listed, await this.others.ofSameUsername(operation)) };
  }

  /**
   * For the person who decides. No status proves a decision: `In preparation` is paid, by the tenant or by the
   * customer, and a rejection shows nowhere (facts E2, E3).
   */
  async #lookAtStatus({ tenant, subject }: Operation): Promise<Sighting> {
    const { migrationId = '' } = subject;
    const { status } = await this.clients.of(tenant).getMigration(migrationId);
    const because = 'no status of a migration tells who decided about its payment';
    return {
      asked: `GET migration ${migrationId}`,
      finding: { says: 'untellable', seen: { status }, because },
    };
  }

  /** It answers the same to every read (facts E1). */
  #isSandbox(tenant: string): boolean {
    const { baseUrl = '' } = this.settings.current.tenants.get(tenant)?.import2 ?? {};
    return /\/sandbox\/?$/.test(baseUrl);
  }
}

function untellable(asked: string, because: string): Sighting {
  const finding: Finding = { says: 'untellable', seen: null, because };
  return { asked, finding };
}
