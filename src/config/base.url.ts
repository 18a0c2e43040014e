import { readUrl } from './url.parser.js';

/** What is asked of a URL that the gateway calls. */
export interface BaseUrlRules {
  readonly allowPlainHttp: boolean;
  /** `none`: an origin. `required`: an origin with the path of the API under it. `exact`: a document, as it is. */
  readonly path: 'none' | 'required' | 'exact';
}

export type BaseUrlReading =
  { readonly url: string; readonly reason?: undefined } | { readonly reason: string };

const EXAMPLES = {
  none: 'https://login.example.com',
  required: 'https://www.example.com/api/v2.1',
  exact: 'https://id.example.com/.well-known/jwks.json',
} as const;

/** Normalises a base URL, without a slash at its end unless it is `exact`, or says why it is refused. */
export function readBaseUrl(text: string, { allowPlainHttp, path: rule }: BaseUrlRules): BaseUrlReading {
  const { url, reason } = readUrl(text, { schemes: ['https://', 'http://'], example: EXAMPLES[rule] });
  if (reason !== undefined) return { reason };
  // Credentials travel over this connection with every call.
  if (url.protocol === 'http:' && !allowPlainHttp && !isLoopback(url.hostname)) {
    return {
      reason: 'must begin with https://, unless the host is this machine or allowPlainHttp is set',
    };
  }
  if (url.username !== '' || url.password !== '') return { reason: 'must not carry credentials' };
  if (rule === 'exact') return { url: url.href };
  if (text.includes('?')) return { reason: 'must not have a query' };
  const path = url.pathname.replace(/\/+$/, '');
  if (rule === 'none' && path !== '') return { reason: 'must not have a path; the gateway adds it' };
  if (rule === 'required' && path === '') {
    return { reason: 'must have the path of the API, for example /api/v2.1' };
  }
  return { url: `${url.origin}${path}` };
}

/** Whether the host of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
