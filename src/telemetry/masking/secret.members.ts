import { withoutUrlSecrets } from './url.secrets.js';
import { isSecretName } from './secret.names.js';

const MASK = '[redacted]';

/** Members with the URL of a customer's account, which often has a token in its path or query. */
const ADDRESS_MEMBERS = new Set(['destinationInstanceUrl']);

/** No stored value nests deeper; anything deeper is replaced by the mask. */
const DEPTH_MAX = 128;

/**
 * A JSON value as it may be stored in plain text. By the names of members, at any depth: a secret becomes the mask, a list
 * of secrets its count, the URL of an instance its origin; in all other strings, secrets in URLs are masked. Idempotent.
 * Returns the same object when there is nothing to mask.
 */
export function withoutSecretMembers<T>(value: T): T {
  return cleaned(value, 0) as T;
}

function cleaned(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutUrlSecrets(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth > DEPTH_MAX) return MASK;
  if (Array.isArray(value)) {
    const items = value.map((each) => cleaned(each, depth + 1));
    return items.some((each, index) => each !== value[index]) ? items : value;
  }
  return cleanedMembers(value as Record<string, unknown>, depth);
}

function cleanedMembers(value: Readonly<Record<string, unknown>>, depth: number): unknown {
  const names = Object.keys(value);
  const members = names.map((name) => cleanedMember(name, value[name], depth));
  if (names.every((name, index) => members[index] === value[name])) return value;
  return Object.fromEntries(names.map((name, index) => [name, members[index]]));
}

function cleanedMember(name: string, member: unknown, depth: number): unknown {
  if (isSecretName(name)) return redacted(member);
  return ADDRESS_MEMBERS.has(name) && typeof member === 'string'
    ? originOf(member)
    : cleaned(member, depth + 1);
}

/** What is stored in place of a secret. */
export function redacted(value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'boolean' || isCount(value)) return value;
  return Array.isArray(value) ? { count: value.length } : MASK;
}

/** What is stored in place of a list of secrets. */
export interface RedactedList {
  readonly count: number;
}

function isCount(value: unknown): value is RedactedList {
  if (typeof value !== 'object' || value === null) return false;
  const { count, ...rest } = value as Partial<RedactedList>;
  return Number.isSafeInteger(count) && Object.keys(rest).length === 0;
}

/** Any part after the host can be a secret: `https://crm.example/hooks/T01/XYZ`, `https://crm.example/?k=XYZ`. */
function originOf(text: string): string {
  const url = URL.parse(text);
  if (!url || url.origin === 'null') return MASK;
  const isBare = url.pathname === '/' && url.search === '' && url.hash === '' && !text.includes('@');
  return isBare ? text : `${url.origin}/${MASK}`;
}
