import { isSecretParameter } from './secret.names.js';

const MASK = '[redacted]';

/** A URL inside a string, up to a space or quote. The bound on the scheme keeps the search linear. */
const URL_IN_TEXT = /[A-Za-z][A-Za-z0-9+.-]{0,31}:\/\/[^\s"'<>]+/g;

const USER_INFORMATION = /^([^/]*:\/\/)([^/?#]*)@/;

/** In queries and fragments: browser sign-ins put tokens into fragments. */
const PARAMETER = /([?&#;])([^=&#;?/]+)=([^&#;]+)/g;

/**
 * Masks the secrets of every URL in a string: user and password, and the values of parameters with names of secrets.
 * Returns the same string when there are none.
 */
export function withoutUrlSecrets(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(URL_IN_TEXT, (url) => {
    // Already masked.
    const masked = url.replace(USER_INFORMATION, (all, scheme: string, user: string) =>
      user === MASK ? all : `${scheme}${MASK}@`,
    );
    return masked.replace(PARAMETER, (all, before: string, name: string, value: string) =>
      isSecretParameter(decoded(name)) && value !== MASK ? `${before}${name}=${MASK}` : all,
    );
  });
}

/** Whether a URL in any string of a JSON value, names included, has a user, a password or a secret parameter. */
export function holdsUrlSecret(value: unknown): boolean {
  if (typeof value === 'string') return withoutUrlSecrets(value) !== value;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => holdsUrlSecret(name) || holdsUrlSecret(member));
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
