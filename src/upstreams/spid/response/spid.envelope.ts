import type { SpidSettings } from '../../../config/settings/spid.settings.js';
import type { VendorQuota } from '../../transport/budget.outcome.js';
import type { UpstreamResponse } from '../../transport/upstream.call.js';
import { quotaOf, resetOf } from './spid.quota.js';
import { isSigned, openSigned } from './spid.signature.js';
import { type JsonObject, objectOf, parseJsonBody } from '../../transport/response/json.body.js';
import { UnreadableError } from '../../transport/response/unreadable.error.js';

/** Whether the tenant requires signed responses (SPiD A7). */
export type SignaturePolicy = Pick<SpidSettings, 'signedAnswers' | 'signatureSecret'>;

/** An error response, in any of its three shapes (SPiD F1). */
export interface Refusal {
  readonly status: number;
  /** `oauth`: flat, about the token; `api`: an error object, in a container or bare; `none`: unreadable. */
  readonly envelope: 'oauth' | 'api' | 'none';
  /** The OAuth error name, for example `invalid_token`. */
  readonly oauthError: string | null;
  /** Vendor texts, for matching only; never passed on. */
  readonly texts: readonly string[];
  /** Seconds until the rate limit is reset: `request.reset` of a container (SPiD A6), else `Retry-After`. */
  readonly reset: unknown;
}

export type OpenedEnvelope = ({ readonly data: unknown } | { readonly refusal: Refusal }) & {
  readonly quota?: VendorQuota | undefined;
};

/**
 * Unwraps a response. A 2xx with an error in its body is a refusal (SPiD A4). `type` and `meta` are ignored (SPiD F25),
 * and so are `error_code` and `code`, which have any type (SPiD F4).
 * @throws UnreadableError when a 2xx response cannot be read or verified
 */
export function openEnvelope(response: UpstreamResponse, policy: SignaturePolicy): OpenedEnvelope {
  const { status, body } = response;
  if (!isSuccess(status)) {
    const refused = fieldsOrNothing(body);
    return { refusal: refusalOf(response, refused), quota: quotaOf(refused) };
  }
  const fields = membersOf(parseJsonBody(body));
  const quota = quotaOf(fields);
  if (!isEmpty(fields['error'])) return { refusal: refusalOf(response, fields), quota };
  if (fields['name'] !== 'SPP Container') throw new UnreadableError('container: name');
  if (!Object.hasOwn(fields, 'data')) throw new UnreadableError('container: no data');
  return { data: dataOf(fields, policy), quota };
}

/** Reads a response that is known to be an error. Of an unreadable one only the status is known. */
export function openRefusal(response: UpstreamResponse): Refusal {
  return refusalOf(response, fieldsOrNothing(response.body));
}

/** The vendor uses 200 and 201 contrary to its documentation, and 202 exists (SPiD F18). */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

function dataOf(fields: JsonObject, { signedAnswers, signatureSecret }: SignaturePolicy): unknown {
  const signed = { data: fields['data'], algorithm: fields['algorithm'], sig: fields['sig'] };
  if (!isSigned(signed)) {
    if (signedAnswers === 'required') throw new UnreadableError('signature: none');
    return signed.data;
  }
  if (!signatureSecret) throw new UnreadableError('signature: no signature secret to verify it with');
  return parseJsonBody(openSigned(signed, signatureSecret));
}

function fieldsOrNothing(body: Buffer): JsonObject | null {
  try {
    return membersOf(parseJsonBody(body));
  } catch {
    return null;
  }
}

export function membersOf(value: unknown): JsonObject {
  return objectOf(value, 'response');
}

function refusalOf({ status, retryAfterMs }: UpstreamResponse, fields: JsonObject | null): Refusal {
  const error = fields?.['error'];
  const reset = resetOf(fields) ?? (retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1_000));
  if (typeof error === 'string' && error !== '') {
    const oauthError = /^[a-z_]{1,64}$/.test(error) ? error : null;
    const texts = textsOf([error, fields?.['error_description']]);
    return { status, envelope: oauthError ? 'oauth' : 'api', oauthError, texts, reset };
  }
  if (typeof error !== 'object' || isEmpty(error)) {
    return { status, envelope: 'none', oauthError: null, texts: [], reset };
  }
  return { status, envelope: 'api', oauthError: null, texts: textsOf(error), reset };
}

/** A description is a string or an object of field and message (SPiD F7). Three levels and 32 strings cover the widest sample. */
function textsOf(value: unknown, levels = 3): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || levels === 0) return [];
  return Object.values(value)
    .slice(0, 32)
    .flatMap((each) => textsOf(each, levels - 1))
    .slice(0, 32);
}

/** Empty in the sense of PHP, where an empty object may arrive as `[]` (SPiD F10). */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
