import { isSecretParameter } from './secret.names.js';

const MASK = '[redacted]';

/** An address inside a longer text, to the next blank or quote. The longest scheme in use bounds the search. */
const ADDRESS = /[A-Za-z][A-Za-z0-9+.-]{0,31}:\/\/[^\s"'<>]+/g;

const USER_INFORMATION = /^([^/]*:\/\/)([^/?#]*)@/;

/** Queries and fragments alike: tokens of browsers' sign-ins are in fragments. */
const PARAMETER = /([?&#;])([^=&#;?/]+)=([^&#;]+)/g;

/**
 * The text with the secrets of every address in it masked: user and password, and the values of parameters whose names
 * are those of secrets. Without any, the very text.
 */
export function withoutAddressSecrets(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(ADDRESS, (address) => {
    // A user that is masked already is no secret.
    const masked = address.replace(USER_INFORMATION, (all, scheme: string, user: string) =>
      user === MASK ? all : `${scheme}${MASK}@`,
    );
    return masked.replace(PARAMETER, (all, before: string, name: string, value: string) =>
      isSecretParameter(decoded(name)) && value !== MASK ? `${before}${name}=${MASK}` : all,
    );
  });
}

/** Whether an address in the text, or in any text of a JSON value, carries a user, a password or a secret parameter. */
export function holdsAddressSecret(value: unknown): boolean {
  if (typeof value === 'string') return withoutAddressSecrets(value) !== value;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, member]) => holdsAddressSecret(name) || holdsAddressSecret(member),
  );
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
