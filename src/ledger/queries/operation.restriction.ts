import { type Expression, sql, type SqlBool } from 'kysely';
import type { CallerResources } from '../../config/settings/access.settings.js';
import { isRestricted, mayReach, type ResourceNoun } from '../../config/resource.rules.js';
import type { Operation } from '../operation.types.js';

type Subject = Pick<Operation, 'kind' | 'subject' | 'request'>;

/**
 * Whether a caller restricted to some products, voucher groups or token names may see the operation: only one about
 * these. The creation of a group is about a group that a caller restricted in groups cannot have chosen.
 */
export function isWithinRestriction(
  resources: CallerResources,
  { kind, subject, request }: Subject,
): boolean {
  const body = (request['body'] ?? {}) as Record<string, unknown>;
  const productId = subject.productId ?? (kind === 'voucher_group_create' ? body['productId'] : undefined);
  const { voucherGroupId } = subject;
  return (
    (productId === undefined || mayReach(resources, 'product', productId)) &&
    (voucherGroupId === undefined || mayReach(resources, 'voucherGroup', voucherGroupId)) &&
    (kind !== 'voucher_group_create' || !isRestricted(resources, 'voucherGroup')) &&
    (kind !== 'token_import' || mayReach(resources, 'tokenName', body['tokenName']))
  );
}

/** The same rule in SQL: a page and its cursor must not reveal that other operations exist. */
export function restrictionCondition(resources: CallerResources): Expression<SqlBool> {
  const conditions: Record<ResourceNoun, Expression<SqlBool>> = {
    product: orNone(PRODUCT, resources.products),
    voucherGroup: sql`(kind <> 'voucher_group_create' and ${orNone(sql`voucher_group_id`, resources.voucherGroups)})`,
    tokenName: sql`(kind <> 'token_import' or coalesce(${oneOf(TOKEN_NAME, resources.tokenNames)}, false))`,
  };
  const restricted = NOUNS.filter((noun) => isRestricted(resources, noun)).map((noun) => conditions[noun]);
  return sql`(${sql.join([sql`true`, ...restricted], sql` and `)})`;
}

/** Whether these restrictions hide any operation. */
export function restricts(resources: CallerResources): boolean {
  return NOUNS.some((noun) => isRestricted(resources, noun));
}

const NOUNS = ['product', 'voucherGroup', 'tokenName'] as const satisfies readonly ResourceNoun[];

/** Only for kinds with a validated body: other requests may hold JSON that PostgreSQL cannot read. */
const PRODUCT = sql<string>`coalesce(product_id,
  case when kind = 'voucher_group_create' then request #>> '{body,productId}' end)`;

const TOKEN_NAME = sql<string>`case when kind = 'token_import' then request #>> '{body,tokenName}' end`;

function orNone(value: Expression<unknown>, entries: readonly string[] = []): Expression<SqlBool> {
  return sql`(${value} is null or ${oneOf(value, entries)})`;
}

/** The rule of `mayReach`: whole ids, and prefixes where an entry ends in `*`. */
function oneOf(value: Expression<unknown>, entries: readonly string[] = []): Expression<SqlBool> {
  const whole = entries.filter((entry) => !entry.endsWith('*'));
  const beginnings = entries.filter((entry) => entry.endsWith('*')).map((entry) => entry.slice(0, -1));
  const tests = [
    sql`false`,
    ...whole.map((entry) => sql`${value} = ${entry}`),
    ...beginnings.map((entry) => sql`starts_with(${value}, ${entry})`),
  ];
  return sql`(${sql.join(tests, sql` or `)})`;
}
