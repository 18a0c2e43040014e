import { isIPv6 } from 'node:net';
import { whiteSpaceAround } from './errors/white.space.js';
import type { Parsed } from './parsed.js';

/** The accepted form of a URL. */
export interface UrlRules {
  /** In lowercase, with `://`. */
  readonly schemes: readonly string[];
  readonly example: string;
}

/** A port that a server can have. */
const PORT = { min: 1, max: 65_535 } as const;

/** Between scheme and path: `user:password@host:port`. */
interface Authority {
  readonly hostAndPort: string;
  /** Path, query and fragment. */
  readonly rest: string;
}

/**
 * Parses every URL of the settings and the environment. `URL` alone takes `postgres://u:1#x@h/db` for host `u`, drops
 * line breaks and reads backslashes as slashes: a character that was not escaped would silently lead to another host.
 */
export function parseUrl(text: string, rules: UrlRules): Parsed<URL> {
  const scheme = rules.schemes.find((each) => text.toLowerCase().startsWith(each));
  const reason = reasonOfCharacters(text) ?? (scheme === undefined ? reasonOfScheme(rules) : undefined);
  if (reason !== undefined) return { reason };
  const authority = authorityOf(text.slice(scheme?.length));
  const reasonOfParts = reasonOfEscapes(text, authority) ?? reasonOfHost(authority.hostAndPort, rules);
  if (reasonOfParts !== undefined) return { reason: reasonOfParts };
  const url = URL.parse(text);
  return url
    ? { value: url }
    : { reason: `names a host that cannot be parsed; an example is ${rules.example}` };
}

function authorityOf(text: string): Authority {
  const [authority = ''] = text.split(/[/?#]/, 1);
  const at = authority.lastIndexOf('@');
  return { hostAndPort: authority.slice(at + 1), rest: text.slice(authority.length) };
}

function reasonOfScheme({ schemes, example }: UrlRules): string {
  return `must begin with ${schemes.join(' or ')}, for example ${example}`;
}

function reasonOfCharacters(text: string): string | undefined {
  const around = whiteSpaceAround(text);
  if (around !== undefined) return around;
  if (/[\s\p{Cc}\p{Cf}]/u.test(text)) {
    return 'has white space or an invisible character in it; a space is written %20';
  }
  if (text.includes('\\')) return 'has a backslash in it; it is written %5C';
  if (/%(?![0-9a-f]{2})/i.test(text))
    return "has a '%' that begins no escape such as %20; a '%' is written %25";
  return undefined;
}

function reasonOfEscapes(text: string, { rest }: Authority): string | undefined {
  if (rest.includes('@')) {
    return (
      "has an '@' after the first '/', '?' or '#' of its user name, password or host; write '/' as %2F, '?' as %3F, " +
      "'#' as %23 and '@' as %40"
    );
  }
  if (rest.includes('#')) return "must not have a '#' in it; it is written %23";
  try {
    if (!/\p{Cc}/u.test(decodeURIComponent(text))) return undefined;
    return 'has an escaped control character in it';
  } catch {
    return "has an escape in it that is not UTF-8; a '%' is written %25";
  }
}

function reasonOfHost(hostAndPort: string, { example }: UrlRules): string | undefined {
  const [, inBrackets, afterBrackets] = /^\[([^[\]]*)\](.*)$/.exec(hostAndPort) ?? [];
  if (inBrackets === undefined && /[[\]]/.test(hostAndPort)) {
    return "has a '[' or ']' outside of an IPv6 address; they are written %5B and %5D";
  }
  if (inBrackets !== undefined && !isIPv6(inBrackets)) {
    return "must have an IPv6 address, for example [::1], where its host is in '[' and ']'";
  }
  const [host = '', port, ...others] = (afterBrackets ?? hostAndPort).split(':');
  if (others.length > 0)
    return "has more than one ':' in its host; an IPv6 address is in brackets, for example [::1]";
  if (inBrackets === undefined ? host === '' : host !== '') return `names no host; an example is ${example}`;
  if (port !== undefined && !isPort(port)) {
    return `must have a port from ${PORT.min} to ${PORT.max}, or none, after the ':' of its host`;
  }
  return undefined;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= PORT.min && Number(text) <= PORT.max;
}
