/** One endpoint of the vendor's catalogue (SPiD B0): its route as shown in the container, and its parameters. */
export interface Route {
  readonly operation: EndpointName;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** The server's route template; `{<\d+>name}` takes digits only. */
  readonly url: string;
  readonly name: string;
  readonly controller: string;
  /** `/status` and `/version` take no token (SPiD A3). */
  readonly token: boolean;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** Name of an endpoint, to which a fault can be assigned. */
export type EndpointName = (typeof operations)[number];

export const operations = [
  'product_get',
  'product_grant',
  'product_revoke',
  'products_list',
  'subscriptions_list',
  'subscription_get',
  'voucher_handout',
  'vouchers_handout',
  'vouchers_generate',
  'voucher_group_get',
  'voucher_group_update',
  'voucher_group_create',
  'voucher_groups_list',
  'voucher_get',
  'injectable_import',
  'injectable_names',
  'status',
  'version',
  'endpoints',
  'product',
] as const;

type Row = readonly [
  EndpointName,
  Route['method'],
  string,
  string,
  string,
  required?: string[],
  optional?: string[],
];

const userProduct = '/user/{id}/product/{product_id}';
const manageContent = 'Manage digital content access';
const group = '/vouchers/group/{id}';
const manageGroup = 'Get and update voucher group';
const groupFields = ['campaignId', 'productId', 'description', 'unique', 'limit', 'voucherCode'];
const groupSearch = ['limit', 'offset', 'title', 'campaignId', 'type', 'productId'];

const rows: readonly Row[] = [
  ['product_get', 'GET', userProduct, manageContent, 'Digitalcontents.user_product', [], ['filters']],
  ['product_grant', 'POST', userProduct, manageContent, 'Digitalcontents.user_product'],
  ['product_revoke', 'DELETE', userProduct, manageContent, 'Digitalcontents.user_product'],
  [
    'products_list',
    'GET',
    '/user/{id}/products',
    'List contents',
    'Digitalcontents.user_products',
    [],
    ['filters'],
  ],
  [
    'subscriptions_list',
    'GET',
    '/user/{id}/subscriptions',
    'List subscriptions',
    'Subscriptions.user_subscriptions',
    [],
    ['filters'],
  ],
  [
    'subscription_get',
    'GET',
    '/user/{id}/subscription/{<\\d+>subscription_id}',
    'Manage user subscription',
    'Subscriptions.user_subscription',
  ],
  [
    'voucher_handout',
    'POST',
    '/voucher_handout',
    'Handout voucher to user',
    'Voucher.handout_voucher_to_user',
    ['userId', 'voucherGroupId'],
  ],
  [
    'vouchers_handout',
    'POST',
    '/vouchers/handout/{id}',
    'Handout vouchers',
    'Voucher.handout_vouchers',
    [],
    ['amount'],
  ],
  [
    'vouchers_generate',
    'POST',
    '/vouchers/generate/{id}',
    'Generate voucher',
    'Voucher.generate_vouchers',
    [],
    ['amount'],
  ],
  ['voucher_group_get', 'GET', group, manageGroup, 'Voucher.voucher_group'],
  [
    'voucher_group_update',
    'POST',
    group,
    manageGroup,
    'Voucher.voucher_group',
    [],
    ['title', 'description', 'limit'],
  ],
  [
    'voucher_group_create',
    'POST',
    '/vouchers/group',
    'Create voucher group',
    'Voucher.voucher_group',
    ['title', 'type'],
    groupFields,
  ],
  [
    'voucher_groups_list',
    'GET',
    '/vouchers/groups',
    'List voucher groups',
    'Voucher.voucher_groups',
    [],
    groupSearch,
  ],
  ['voucher_get', 'GET', '/voucher/{code}', 'Get voucher', 'Voucher.voucher'],
  [
    'injectable_import',
    'POST',
    '/injectable/import',
    'Import tokens',
    'Injectable.token_import',
    ['tokenName', 'content'],
  ],
  ['injectable_names', 'GET', '/injectable/names', 'List token names', 'Injectable.token_names'],
  ['status', 'GET', '/status', 'Platform status', 'Platform.status'],
  ['version', 'GET', '/version', 'Platform version', 'Platform.version'],
  ['endpoints', 'GET', '/endpoints', 'List API endpoints', 'Utility.endpoints', [], ['name', 'url']],
  ['product', 'GET', '/product/{id}', 'Get/update product', 'Product.product'],
];

export const routes: readonly Route[] = rows.map(
  ([operation, method, url, name, controller, required = [], optional = []]) => ({
    operation,
    method,
    url: `/api/2${url}`,
    name,
    controller: `Api/2/${controller}`,
    token: operation !== 'status' && operation !== 'version',
    required,
    optional,
  }),
);

/** The route in the container of an unknown path (SPiD A5). */
export const fallback = { name: 'Fallback - 404', url: '/api/*', controller: 'Api/2/Utility.notFound' };
