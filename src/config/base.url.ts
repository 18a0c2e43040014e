/** What an upstream asks of its base URL. */
export interface BaseUrlRules {
  readonly allowPlainHttp: boolean;
  /** `none`: an origin. `required`: an origin with the path of the API under it. */
  readonly path: 'none' | 'required';
}

export type BaseUrlReading =
  { readonly url: string; readonly reason?: undefined } | { readonly reason: string };

/** Normalises a base URL, without a slash at its end, or says why it is refused. */
export function readBaseUrl(text: string, rules: BaseUrlRules): BaseUrlReading {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    return { reason: 'must be a URL that begins with https://' };
  }
  // Credentials travel over this connection with every call.
  if (url.protocol === 'http:' && !rules.allowPlainHttp && !isLoopback(url.hostname)) {
    return {
      reason: 'must begin with https://, unless the host is this machine or the tenant has allowPlainHttp',
    };
  }
  if (url.username !== '' || url.password !== '') return { reason: 'must not carry credentials' };
  if (/[?#]/.test(text)) return { reason: 'must not have a query or a fragment' };
  const path = url.pathname.replace(/\/+$/, '');
  if (rules.path === 'none' && path !== '') return { reason: 'must not have a path; the gateway adds it' };
  if (rules.path === 'required' && path === '') {
    return { reason: 'must have the path of the API, for example /api/v2.1' };
  }
  return { url: `${url.origin}${path}` };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
