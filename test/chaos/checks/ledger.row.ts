import type { PostgresServer } from '../processes/postgres.server.js';

/** One row of the ledger. */
export interface LedgerRow {
  readonly id: string;
  readonly tenant: string;
  readonly caller: string;
  readonly kind: string;
  readonly key: string | null;
  /** Of the request that began it last. */
  readonly requestId: string;
  readonly state: string;
  readonly awaits: string | null;
  readonly resolvedAs: string | null;
  /** How it was decided; null when no decision was needed. */
  readonly basis: string | null;
  /** Every time in it, milliseconds since 1970. */
  readonly timesMs: Readonly<Record<string, number>>;
  readonly contradicted: boolean;
}

const TIMES = ['created_at', 'sent_at', 'finished_at', 'resolved_at', 'contradicted_at'] as const;

const COLUMNS = `id, tenant, caller, kind, idempotency_key as key, request_id as "requestId", state, awaits,
  resolved_as as "resolvedAs", resolved_basis as basis, contradicted_at is not null as contradicted, evidence,
  snapshot->>'at' as "snapshotAt",
  ${TIMES.map((name) => `(extract(epoch from ${name}) * 1000)::float8 as ${name}`).join(', ')}`;

type FoundRow = Omit<LedgerRow, 'timesMs'> & {
  readonly evidence: readonly { readonly at: string }[];
  readonly snapshotAt: string | null;
} & Record<(typeof TIMES)[number], number | null>;

/** The ledger's rows of a schedule, or of one of its requests. */
export async function rowsOf(postgres: PostgresServer, schedule: string): Promise<LedgerRow[]> {
  return rowsWhere(postgres, 'request_id like $1', `${schedule}-%`);
}

/** The row that this request began, if it is still that of this request. */
export async function rowOf(postgres: PostgresServer, requestId: string): Promise<LedgerRow | undefined> {
  const [row] = await rowsWhere(postgres, 'request_id = $1', requestId);
  return row;
}

async function rowsWhere(postgres: PostgresServer, condition: string, value: string): Promise<LedgerRow[]> {
  const found = await postgres.query<FoundRow>(
    `select ${COLUMNS} from operations where ${condition} order by id`,
    [value],
  );
  return found.map((row) => ({ ...row, timesMs: timesOf(row) }));
}

/** Of the columns, of the snapshot, of the evidence, and the one that the id begins with. */
function timesOf(row: FoundRow): Record<string, number> {
  const times: Record<string, number> = { id: Number.parseInt(row.id.replaceAll('-', '').slice(0, 12), 16) };
  for (const name of TIMES) {
    const time = row[name];
    if (time !== null) times[name] = time;
  }
  if (row.snapshotAt !== null) times['snapshot.at'] = Date.parse(row.snapshotAt);
  row.evidence.forEach(({ at }, index) => {
    times[`evidence[${index}].at`] = Date.parse(at);
  });
  return times;
}
