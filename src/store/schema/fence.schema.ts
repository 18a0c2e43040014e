// The fence of a user's entitlements, of schema version 8: published, so what is here never changes.

/** The user of a write as `normalId` spells its number; `*`: named by a UUID, so it may be any user of the account. */
const FENCED_USER = `(case when user_id ~ '^[0-9]+$'
    then coalesce(nullif(ltrim(user_id, '0'), ''), '0') else '*' end)`;

/** 1: it may be changing something at the vendor. */
const OPEN = `(case state when 'sent' then 1 else 0 end)`;

/** Holds only writes of entitlements, so that others do not pay for it. */
export const FENCE_INDEX = {
  name: 'operations_fence',
  on: `operations (account, ${FENCED_USER}, ${OPEN}, change_seq) where change_seq is not null`,
} as const;

/** Finds its sequence by the schema of the table: a restore runs it with an empty search path. */
const TAKE_CHANGE_SEQ = `
  create function operations_take_change_seq() returns trigger language plpgsql as $$
  begin
    new.change_seq := nextval(format('%I.operations_changes', tg_table_schema)::regclass);
    return new;
  end $$`;

const newest = (open: 0 | 1): string => `(
      select change_seq from operations
      where account = asked.account and ${FENCED_USER} = asked.fenced_user and ${OPEN} = ${open}
        and change_seq is not null
      order by change_seq desc limit 1)`;

/**
 * One field for each account and user, separated by commas: the newest change_seq, empty when there is none, behind `!`
 * while an operation is open. In plpgsql, which keeps the plan, and with one plan for any number of users, which is not
 * chosen otherwise: to plan it takes longer than to run it.
 */
const FENCES = `
  create function operations_fences(accounts text[], users text[]) returns text stable language plpgsql
    set plan_cache_mode = force_generic_plan as $$
  begin
    return (
      select string_agg(concat(case when opened is not null then '!' end, greatest(opened, ended)), ',' order by place)
      from unnest(accounts, users) with ordinality as asked (account, fenced_user, place)
        cross join lateral (select ${newest(1)} as opened, ${newest(0)} as ended offset 0) as found);
  end $$`;

export const FENCE_STATEMENTS: readonly string[] = [
  `alter table operations add column change_seq bigint`,
  // Sessions that keep numbers would give out a smaller one after a greater one.
  `create sequence operations_changes cache 1`,
  TAKE_CHANGE_SEQ,
  // By the database, so that no statement can omit it, nor a replica of the version before.
  `create trigger operations_change before insert or update on operations
     for each row when (new.kind in ('entitlement_grant', 'entitlement_revoke'))
     execute function operations_take_change_seq()`,
  FENCES,
];
