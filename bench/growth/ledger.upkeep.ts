import { Secret } from '../../src/config/secrets/secret.js';
import { readSettingsFile } from '../../src/config/settings/file/settings.file.js';
import type { SettingsSource } from '../../src/config/settings/settings.source.js';
import type { Operation } from '../../src/ledger/operation.types.js';
import { UnknownAttempts } from '../../src/ledger/queries/unknown.attempts.js';
import { CompetingOperations } from '../../src/reconciliation/competing.operations.js';
import { PostgresSource } from '../../src/store/database/database.source.js';
import { LedgerParts, TEST_KINDS } from '../../test/ledger/support/ledger.parts.js';
import { TENANT } from '../support/bench.settings.js';
import type { BenchWorld } from '../support/bench.world.js';

/** Rows that retention changed or deleted, and how long it took. */
export interface Kept {
  readonly rows: number;
  readonly ms: number;
}

/** The newest and the oldest operation of each kind whose outcome is unknown, by id. */
export async function unknownOfKinds({ postgres }: BenchWorld): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const order of ['asc', 'desc']) {
    const rows = await postgres.query<{ id: string }>(
      `select distinct on (kind) id from operations where tenant = $1 and state = 'unknown' order by kind, id ${order}`,
      [TENANT],
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids;
}

/**
 * What the background does, without its pauses and without the vendors.
 * @param unknown operations for which it finds what may have acted on the same thing
 */
export async function upkeep(world: BenchWorld, unknown: readonly string[]): Promise<Kept> {
  const parts = await LedgerParts.open(new PostgresSource(new Secret(world.postgres.url)));
  try {
    await parts.recovery.sweep();
    await findings(world, parts, unknown);
    const begun = performance.now();
    const { forgottenKeys, deletedOperations } = await parts.retention.sweep();
    return { rows: forgottenKeys + deletedOperations, ms: performance.now() - begun };
  } finally {
    await parts.close();
  }
}

async function findings(
  { settings }: BenchWorld,
  parts: LedgerParts,
  unknown: readonly string[],
): Promise<void> {
  const source = { current: readSettingsFile(settings, { env: {} }).settings } as SettingsSource;
  const competing = new CompetingOperations(parts.database, source, TEST_KINDS);
  await new UnknownAttempts(parts.database).page(TEST_KINDS.provable, undefined, 200);
  for (const id of unknown) {
    const operation = await parts.queries.find(TENANT, id);
    if (operation) await findCompeting(competing, operation);
  }
}

async function findCompeting(competing: CompetingOperations, operation: Operation): Promise<void> {
  const { kind, subject } = operation;
  if (kind === 'entitlement_grant' || kind === 'entitlement_revoke') {
    await competing.onEntitlement(operation);
    // The same user, by the other id that the vendor knows it by.
    const userId = '0f8b6c1e-5a43-4d6b-9a52-6e6f5d1c2b7a';
    await competing.onEntitlement({ ...operation, subject: { ...subject, userId } });
  }
  if (subject.voucherGroupId !== undefined) await competing.onVoucherGroup(operation);
  if (kind !== 'migration_create') return;
  await competing.creationsFor(operation);
  await competing.knownMigrations(operation, ['1', '2']);
}
