import { collection, type Call, type CallResult } from '../spid.call.js';
import { type EndpointName, routes, type Route } from '../spid.catalogue.js';
import { ApiException } from '../spid.errors.js';
import type { SpidState } from '../spid.state.js';

/** Documented names of path parameters that the server's route calls `id` or `code` (SPiD B0). */
const documentedNames: readonly (readonly [beginning: string, name: string])[] = [
  ['user/', 'userId'],
  ['vouchers/', 'voucherGroupId'],
  ['voucher/', 'voucherCode'],
];

/** By the first endpoint of each path. Only the one of `endpoints` is the vendor's, from a sample. */
const descriptions: Partial<Record<EndpointName, string>> = {
  product_get: "Check, grant or remove a user's access to a product",
  products_list: "List a user's products",
  subscriptions_list: "List a user's subscriptions",
  subscription_get: 'Get info on a subscription of a user',
  voucher_handout: 'Hand out a voucher to a user',
  vouchers_handout: 'Hand out vouchers of a group',
  vouchers_generate: 'Generate vouchers for a group',
  voucher_group_get: 'Get or update a voucher group',
  voucher_group_create: 'Create a voucher group',
  voucher_groups_list: 'List or search voucher groups',
  voucher_get: 'Get info on a voucher',
  injectable_import: 'Import tokens',
  injectable_names: 'List the names of tokens',
  status: 'Get the status of the platform',
  version: 'Get the version of the platform',
  endpoints: 'List all api endpoints, or get info on single endpoint (specify name or url)',
  product: 'Get info on a product',
};

/** GET endpoints (SPiD B19). One descriptor per path. An array also for a single one, which is a guess. */
export function listEndpoints(_state: SpidState, { query }: Call): CallResult {
  const [name, url] = [query.filled('name'), query.filled('url')];
  const byUrl = Map.groupBy(routes, (route) => route.url);
  const named = [...byUrl.values()].filter((same) => name === undefined || isNamed(same, name));
  if (named.length === 0) throw new ApiException(400, 'name parameter did not match any endpoints');
  const found = named.filter((same) => url === undefined || same[0]?.url === url);
  if (found.length === 0) throw new ApiException(400, 'url parameter did not match any endpoints');
  return collection(found.flatMap(descriptor));
}

/** Matches the name in the descriptor or in the container's route. */
function isNamed([first]: readonly Route[], name: string): boolean {
  return first !== undefined && (nameOf(first) === name || first.name === name);
}

/** As in the published sample: `Api/2/Utility.endpoints` becomes `Utility:endpoints`. */
function nameOf({ controller }: Route): string {
  return controller.replace('Api/2/', '').replace('.', ':');
}

function descriptor(same: readonly Route[]): object[] {
  const [first] = same;
  if (!first) return [];
  const path = documentedPath(first.url);
  const httpMethods = same.map(({ method, required, optional }) => [
    method,
    { name: method, required, optional },
  ]);
  return [
    {
      path,
      valid_output_formats: ['json', 'jsonp'],
      method: same.length === 1 ? first.method : '*',
      name: nameOf(first),
      httpMethods: Object.fromEntries(httpMethods),
      url: first.url,
      pathParameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter),
      controller: first.controller,
      default_output_format: 'json',
      description: descriptions[first.operation] ?? '',
    },
  ];
}

/** `/api/2/user/{id}/product/{product_id}` is documented as `user/{userId}/product/{productId}`. */
function documentedPath(url: string): string {
  const path = url.replace('/api/2/', '').replace('<\\d+>', '');
  const name = documentedNames.find(([beginning]) => path.startsWith(beginning))?.[1] ?? 'id';
  return path
    .replace(/\{(id|code)\}/, `{${name}}`)
    .replace(/_([a-z])(?=\w*\})/, (_, letter: string) => letter.toUpperCase());
}
