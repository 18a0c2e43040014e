import { RejectedError } from '../transport/upstream.errors.js';
import { formBodyOf, path, queryOf } from '../transport/upstream.path.js';
import { codeOf, VOUCHER_TYPE } from './response/spid.enums.js';
import type { NewVoucherGroup, VoucherGroupChange, VoucherGroupSearch } from './spid.types.js';

type Values = Readonly<Record<string, string | number | undefined>>;

/** The suffix of a path selects the response format; `.jsonp` returns executable script (SPiD A8, F27). */
const FORMAT_SUFFIX = /\.(json|jsonp|xml|tgz|csv|png)$/i;

/** A path under the API root. @throws RejectedError for a value that cannot be a vendor id */
export function api(parts: TemplateStringsArray, ...ids: readonly string[]): string {
  return `/api/2${orRejected(() => {
    if (ids.some((id) => FORMAT_SUFFIX.test(id))) throw new TypeError('an id that selects a format');
    return path(parts, ...ids);
  })}`;
}

export function query(values: Values): string {
  return orRejected(() => queryOf(values));
}

export function form(values: Values): string {
  return orRejected(() => formBodyOf(values));
}

/** SPiD B12. Flags are `1` and `0`. */
export function newVoucherGroupForm(group: NewVoucherGroup): string {
  const { title, type, description, campaignId, productId, unique, limit, voucherCode } = group;
  return form({
    title,
    type: codeOf(VOUCHER_TYPE, type),
    description,
    campaignId,
    productId,
    limit,
    voucherCode,
    unique: unique === undefined ? undefined : Number(unique),
  });
}

/** SPiD B11. */
export function voucherGroupChangeForm({ title, description, limit }: VoucherGroupChange): string {
  return form({ title, description, limit });
}

/** SPiD B13. */
export function voucherGroupQuery(search: VoucherGroupSearch): string {
  const { title, campaignId, type, productId, limit, offset } = search;
  return query({
    title,
    campaignId,
    productId,
    limit,
    offset,
    type: type === undefined ? undefined : codeOf(VOUCHER_TYPE, type),
  });
}

/** `content` is a JSON array in a form field (SPiD B15). */
export function tokenImportForm(tokenName: string, tokens: readonly (string | number)[]): string {
  return form({ tokenName, content: JSON.stringify(tokens) });
}

function orRejected(build: () => string): string {
  try {
    return build();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new RejectedError([], { upstream: 'spid', operation: 'request', reason: cause.message, cause });
  }
}
