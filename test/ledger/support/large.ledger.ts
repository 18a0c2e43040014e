/** Runs statements in the schema of the ledger, several in one text too. */
type Query = (text: string) => Promise<unknown[]>;

/**
 * Inserts many operations before it builds the indexes, in an unlogged table: several times faster.
 * @param memory for each build of an index, as in `maintenance_work_mem`
 */
export async function fillLedger(query: Query, insert: string, memory = '128MB'): Promise<void> {
  const indexes = (await query(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = 'operations'::regclass and not indisprimary`,
  )) as { name: string; definition: string }[];
  await query(
    [
      `set maintenance_work_mem = '${memory}'`,
      'alter table operations set unlogged',
      ...indexes.map(({ name }) => `drop index ${name}`),
      insert,
      ...indexes.map(({ definition }) => definition),
    ].join(';\n'),
  );
  await query('vacuum (analyze) operations');
}

export interface GeneratedOperations {
  readonly rows: number;
  /** Of the first one. */
  readonly startMs: number;
  /** From one to the next. */
  readonly stepMs: number;
  /** Nearly all are of this tenant; the others of `small`. */
  readonly tenant: string;
  /** Expression in SQL for the key of an operation: `i` is its number, from 1, and `at` its time. None by default. */
  readonly key?: string;
  /** That rights are given to. */
  readonly products?: number;
}

/** Two tenants, one of them small; callers, kinds and states unevenly distributed, as in production. */
export function generatedOperations({
  rows,
  startMs,
  stepMs,
  tenant,
  key = 'null::text',
  products = 50,
}: GeneratedOperations): string {
  return `
  insert into operations (id, claim, tenant, caller, kind, idempotency_key, key_in_force, fingerprint, state, request, user_id,
    product_id, voucher_group_id, destination_username, owner, evidence, awaits, recommendation, lease_until,
    created_at, sent_at, finished_at, account, exclusive_key)
  select (lpad(to_hex(${startMs} + i::bigint * ${stepMs}), 12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid,
    gen_random_uuid(), tenant, caller, kind, ${key}, (${key}) is not null, hash, state, '{}', (i % 50000)::text,
    case when kind like 'entitlement%' then (1000 + i % ${products})::text end,
    case when kind like 'voucher%' then case when i % 10 < 9 then '1' else (2 + i % 20)::text end end,
    case when kind = 'migration_create' then 'User' || (i % 20000) || '@example.test' end,
    'test', '[]', case when state = 'unknown' then case when i % 2 = 0 then 'person' else 'evidence' end end,
    case when state = 'unknown' and i % 3 = 0 then 'executed' end, case when state = 'sent' then now() end,
    at, at, at, 'account', null
  from (
    select i, md5(i::text) as hash, to_timestamp((${startMs} + i::bigint * ${stepMs}) / 1000.0) as at,
      case when i % 151 = 0 then 'small' else '${tenant}' end as tenant,
      case when i % 100 < 70 then 'shop' when i % 20011 = 7 then 'audit' else 'crm' end as caller,
      case when i % 100 < 60 then 'voucher_handout' when i % 100 < 90 then 'entitlement_grant'
        when i % 100 < 99 then 'entitlement_revoke' when i % 1000 < 500 then 'migration_create'
        else 'token_import' end as kind,
      case when i % 1009 = 0 then 'unknown' when i % 53 = 0 then 'failed' when i % 59 = 0 then 'released'
        when i > ${rows} - 400 then 'sent' else 'succeeded' end as state
    from generate_series(1, ${rows}) as i
  ) as generated`;
}
