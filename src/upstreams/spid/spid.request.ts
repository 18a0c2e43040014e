import { RejectedError } from '../transport/upstream.errors.js';
import { formOf, path, queryOf } from '../transport/upstream.path.js';
import { codeOf, VOUCHER_TYPE } from './spid.enums.js';
import type { NewVoucherGroup, VoucherGroupChange, VoucherGroupSearch } from './spid.nouns.js';

type Values = Readonly<Record<string, string | number | undefined>>;

/** The end of a path chooses the format of the answer, `.jsonp` even executable script (SPiD A8, F27). */
const FORMAT_SUFFIX = /\.(json|jsonp|xml|tgz|csv|png)$/i;

/** A path under the API root. What cannot be an id of the vendor is refused before anything is sent. */
export function api(parts: TemplateStringsArray, ...ids: readonly string[]): string {
  return `/api/2${sane(() => {
    if (ids.some((id) => FORMAT_SUFFIX.test(id))) throw new TypeError('an id that chooses a format');
    return path(parts, ...ids);
  })}`;
}

export function query(values: Values): string {
  return sane(() => queryOf(values));
}

export function form(values: Values): string {
  return sane(() => formOf(values));
}

/** SPiD B12; flags are `1` and `0`. */
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

/** `content` is the text of a JSON array (SPiD B15). */
export function tokenImportForm(tokenName: string, tokens: readonly (string | number)[]): string {
  return form({ tokenName, content: JSON.stringify(tokens) });
}

function sane(build: () => string): string {
  try {
    return build();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new RejectedError([], { upstream: 'spid', operation: 'request', reason: cause.message, cause });
  }
}
