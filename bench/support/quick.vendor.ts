/**
 * SPiD at no latency, in a process of its own, so that it takes no time of the server under test: products, lists of 100
 * products, grants and handouts, each always the same, and only with the token that it gives out.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SUBJECTS, VENDOR_TOKEN } from './vendor.constants.js';

/** Caches that follow the vendor's headers may keep a response as long as the benchmark's callers allow. */
const CACHE_SECONDS = 30;

const buffer = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));

const TOKEN = buffer({
  access_token: VENDOR_TOKEN,
  expires_in: 604_800,
  scope: null,
  user_id: false,
  is_admin: false,
});

const container = (code: number, part: Readonly<Record<string, unknown>>): Buffer =>
  buffer({
    name: 'SPP Container',
    version: '0.2',
    api: 2,
    object: 'Product',
    type: 'element',
    code,
    request: { reset: 3_600, limit: 0, remaining: -1 },
    debug: {
      route: { name: 'Get product', url: '/api/2/user/42/product/1337', controller: 'Api/2/User.getProduct' },
      params: { options: [], where: { userId: '42' } },
    },
    meta: null,
    error: null,
    data: null,
    ...part,
  });

const access = (productId: string) => ({
  productId,
  userId: '42',
  agreementId: '1',
  subscriptionId: null,
  orderId: '5',
  result: true,
  isValid: true,
  name: 'Product',
  created: '2013-09-11 14:26:38',
  updated: '2013-09-11 14:26:38',
  startDate: '2013-09-11 14:26:38',
  expires: '2043-09-11 14:26:38',
});

const listed = Array.from({ length: SUBJECTS.listedProducts }, (_, index) => String(2_000 + index));

const GRANTED = container(200, { data: access(SUBJECTS.product) });
const LIST = container(200, {
  type: 'collection',
  data: Object.fromEntries(listed.map((productId) => [productId, access(productId)])),
});
const HANDED_OUT = container(200, { object: 'Voucher', data: { success: true } });
const NO_ACCESS = container(404, {
  type: 'error',
  error: { code: 404, type: 'ApiException', description: 'No access to that product.' },
});
const REFUSED = buffer({ error: 'invalid_token', error_description: 'The access token is not known' });

interface Reply {
  readonly status: number;
  readonly body: Buffer;
  readonly isCacheable?: boolean;
}

/** A user that is to be granted the product has none before. */
function replyTo(method: string, path: string, authorization: string | undefined): Reply {
  if (path === '/oauth/token') return { status: 200, body: TOKEN };
  if (authorization !== `Bearer ${VENDOR_TOKEN}`) return { status: 401, body: REFUSED };
  if (path.endsWith('/voucher_handout')) return { status: 200, body: HANDED_OUT };
  if (path.endsWith('/products')) return { status: 200, body: LIST };
  if (method === 'POST') return { status: 200, body: GRANTED };
  if (path.startsWith(`/api/2/user/${SUBJECTS.userWithout}`)) return { status: 404, body: NO_ACCESS };
  return { status: 200, body: GRANTED, isCacheable: true };
}

const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  const { method = '', url = '', headers } = request;
  const send = () => {
    const { status, body, isCacheable } = replyTo(method, url.split('?', 1)[0] ?? '', headers.authorization);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': body.length,
      ...(isCacheable && { 'cache-control': `max-age=${CACHE_SECONDS}` }),
    });
    response.end(body);
  };
  if (method === 'GET') send();
  else request.resume().on('end', send);
});

server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('disconnect', () => process.exit());
