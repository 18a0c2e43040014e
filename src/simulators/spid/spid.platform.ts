import { collection, element, type Call, type Outcome } from './spid.call.js';
import { routes, type Route } from './spid.catalogue.js';
import { ApiException } from './spid.errors.js';
import type { SpidState } from './spid.state.js';
import { spidTime, timeZone } from './spid.time.js';

const oauth = {
  flows: 'redirect|native|webview',
  grantTypes:
    'authorization_code|password|assertion|refresh_token|client_credentials|urn:ietf:params:oauth:grant-type:jwt-bearer',
};

/** GET status: facts B17, in the published form of 2014. */
export function getStatus(state: SpidState): Outcome {
  return element({ oauth, ...versionFields(state), block: false, platform: 'up' });
}

/** GET version: facts B18. */
export function getVersion(state: SpidState): Outcome {
  return element(versionFields(state));
}

/** GET endpoints: facts B19. One descriptor per path; still an array when one is asked for, which is open. */
export function listEndpoints(_state: SpidState, { query }: Call): Outcome {
  const [name, url] = [query.filled('name'), query.filled('url')];
  const byUrl = new Map<string, Route[]>();
  for (const route of routes) byUrl.set(route.url, [...(byUrl.get(route.url) ?? []), route]);
  const all = [...byUrl.values()];
  const named = all.filter((same) => name === undefined || same[0]?.name === name);
  if (named.length === 0) throw new ApiException(400, 'name parameter did not match any endpoints');
  const found = named.filter((same) => url === undefined || same[0]?.url === url);
  if (found.length === 0) throw new ApiException(400, 'url parameter did not match any endpoints');
  return collection(found.flatMap(descriptor));
}

function descriptor(same: readonly Route[]): object[] {
  const [first] = same;
  if (!first) return [];
  const httpMethods = same.map(({ method, required, optional }) => [
    method,
    { name: method, required, optional },
  ]);
  return [
    {
      path: first.url.replace('/api/2/', ''),
      valid_output_formats: ['json', 'jsonp'],
      method: first.method,
      name: first.name,
      httpMethods: Object.fromEntries(httpMethods),
      url: first.url,
      pathParameters: [...first.url.matchAll(/\{(?:<[^>]*>)?(\w+)\}/g)].map(([, parameter]) => parameter),
      controller: first.controller,
      default_output_format: 'json',
      description: first.name,
    },
  ];
}

function versionFields(state: SpidState): object {
  return {
    apiVersion: 2,
    apiRevision: '0',
    webVersion: '2.14.0',
    webRevision: '47d6ba5',
    currentTime: spidTime(state.now()),
    timeZone,
  };
}
