import type { Parsed } from './parsed.js';
import { parseUrl } from './url.parser.js';

/** `none`: an origin. `required`: an origin with the path of the API under it. `exact`: a document, as it is. */
export type BaseUrlPath = 'none' | 'required' | 'exact';

const EXAMPLES = {
  none: 'https://login.example.com',
  required: 'https://www.example.com/api/v2.1',
  exact: 'https://id.example.com/.well-known/jwks.json',
} as const;

/** Normalises a URL that the gateway calls; without a slash at its end unless it is `exact`. */
export function parseBaseUrl(text: string, rule: BaseUrlPath): Parsed<string> {
  const { value: url, reason } = parseUrl(text, {
    schemes: ['https://', 'http://'],
    example: EXAMPLES[rule],
  });
  if (reason !== undefined) return { reason };
  if (url.username !== '' || url.password !== '') return { reason: 'must not carry credentials' };
  if (rule === 'exact') return { value: url.href };
  if (text.includes('?')) return { reason: 'must not have a query' };
  const path = url.pathname.replace(/\/+$/, '');
  if (rule === 'none' && path !== '') return { reason: 'must not have a path; the gateway adds it' };
  if (rule === 'required' && path === '') {
    return { reason: 'must have the path of the API, for example /api/v2.1' };
  }
  return { value: `${url.origin}${path}` };
}

/** Credentials travel over these connections: undefined, or why this one must not be plain http. */
export function reasonOfPlainHttp(
  baseUrl: string,
  { allowPlainHttp = false }: { readonly allowPlainHttp?: boolean },
): string | undefined {
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol !== 'http:' || allowPlainHttp || isLoopback(hostname)) return undefined;
  return 'must begin with https://, unless the host is this machine or allowPlainHttp is set';
}

/** Whether the host of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
