import type { SpidSettings } from '../../config/settings.js';
import type { UpstreamAnswer } from '../transport/upstream.channel.js';
import { isSigned, openSigned } from './signature.js';
import { jsonOf } from './spid.json.js';
import { UnreadableError } from './unreadable.error.js';

/** How much a tenant demands of an answer (SPiD A7). */
export type SignaturePolicy = Pick<SpidSettings, 'signedAnswers' | 'signatureSecret'>;

/** An answer that says no, in whichever of the three error shapes it came (SPiD F1). */
export interface Refusal {
  readonly status: number;
  /** `oauth`: flat, about the token; `api`: an error object, in a container or bare; `none`: not readable. */
  readonly envelope: 'oauth' | 'api' | 'none';
  /** The OAuth error name, for example `invalid_token`. */
  readonly oauthError: string | null;
  /** What the vendor wrote, to be recognised and never passed on. */
  readonly texts: readonly string[];
  /** `request.reset` of a container: seconds until the budget is full again (SPiD A6). */
  readonly reset: unknown;
}

export type Reading = { readonly data: unknown } | { readonly refusal: Refusal };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Opens the envelope of an answer. The status tells success from failure only together with the body: a 2xx with an
 * error is a refusal (SPiD A4). Neither `type` nor `meta` is looked at (SPiD F25), and `error_code` and `code` are
 * of any type (SPiD F4). Throws UnreadableError when a 2xx answer cannot be read or verified.
 */
export function openEnvelope(answer: UpstreamAnswer, policy: SignaturePolicy): Reading {
  const { status, body } = answer;
  if (!isSuccess(status)) return { refusal: openRefusal(answer) };
  const fields = fieldsOf(jsonOf(body));
  if (!isEmpty(fields['error'])) return { refusal: refusalOf(status, fields) };
  if (fields['name'] !== 'SPP Container') throw new UnreadableError('container: name');
  if (!Object.hasOwn(fields, 'data')) throw new UnreadableError('container: no data');
  return { data: dataOf(fields, policy) };
}

/** Reads an answer that is known to be a refusal; one that cannot be read says only its status. */
export function openRefusal({ status, body }: UpstreamAnswer): Refusal {
  return refusalOf(status, fieldsOrNothing(body));
}

/** 200 and 201 are used against the documentation, and 202 exists (SPiD F18). */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

function dataOf(fields: Fields, { signedAnswers, signatureSecret }: SignaturePolicy): unknown {
  const signed = { data: fields['data'], algorithm: fields['algorithm'], sig: fields['sig'] };
  if (!isSigned(signed)) {
    if (signedAnswers === 'required') throw new UnreadableError('signature: none');
    return signed.data;
  }
  if (!signatureSecret) throw new UnreadableError('signature: no signature secret to verify it with');
  return jsonOf(openSigned(signed, signatureSecret));
}

function fieldsOrNothing(body: Buffer): Fields | null {
  try {
    return fieldsOf(jsonOf(body));
  } catch {
    return null;
  }
}

export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnreadableError('answer');
  return value as Fields;
}

function refusalOf(status: number, fields: Fields | null): Refusal {
  const error = fields?.['error'];
  const request = fields?.['request'];
  const reset = typeof request === 'object' && request !== null ? (request as Fields)['reset'] : undefined;
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

/** Descriptions are texts or objects of field and text (SPiD F7). Three levels and 32 texts hold the widest sample. */
function textsOf(value: unknown, levels = 3): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || levels === 0) return [];
  return Object.values(value)
    .slice(0, 32)
    .flatMap((each) => textsOf(each, levels - 1))
    .slice(0, 32);
}

/** Nothing, as PHP sees it: an empty object may arrive as `[]` (SPiD F10). */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
