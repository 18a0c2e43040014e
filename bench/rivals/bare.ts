/** Rival (c): node:http and an undici pool, and nothing that could be left out. Checks the key and maps the response. */
import { createServer, type IncomingMessage } from 'node:http';
import { Pool } from 'undici';
import { fromVariables } from './rival.environment.js';

const { port, vendorUrl, vendorToken, callerKey } = fromVariables();

const pool = new Pool(vendorUrl, { connections: 128, pipelining: 1 });
const authorization = `Bearer ${vendorToken}`;
const form = { authorization, 'content-type': 'application/x-www-form-urlencoded' };

interface Product {
  readonly productId: string;
  readonly result: boolean;
  readonly name: string;
  readonly created: string;
  readonly expires: string;
}

const accessOf = ({ productId, result }: Product) => ({ productId, granted: result });

async function get(path: string): Promise<unknown> {
  const { body } = await pool.request({ method: 'GET', path, headers: { authorization } });
  return ((await body.json()) as { data: unknown }).data;
}

async function post(path: string, body: string): Promise<unknown> {
  const response = await pool.request({ method: 'POST', path, body, headers: form });
  return ((await response.body.json()) as { data: unknown }).data;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
}

async function replyTo(request: IncomingMessage): Promise<readonly [status: number, body: unknown]> {
  if (request.headers.authorization !== callerKey) return [401, { error: 'no valid key' }];
  const [, , noun, user, , product] = (request.url ?? '').split('/');
  if (noun === 'voucher-handouts') {
    const body = await bodyOf(request);
    await post('/api/2/voucher_handout', new URLSearchParams(body).toString());
    return [201, { ...body, handedOut: true }];
  }
  if (product === undefined) {
    const products = Object.values((await get(`/api/2/user/${user}/products`)) as Record<string, Product>);
    const items = products.map(({ productId, name, created, expires }) => ({
      productId,
      name,
      startsAt: created,
      expiresAt: expires,
    }));
    return [200, { items }];
  }
  const path = `/api/2/user/${user}/product/${product}`;
  return [200, accessOf((request.method === 'PUT' ? await post(path, '') : await get(path)) as Product)];
}

createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  const send = (status: number, body: unknown) => {
    const text = JSON.stringify(body);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  };
  replyTo(request).then(
    ([status, body]) => send(status, body),
    () => send(502, { error: 'the vendor failed' }),
  );
}).listen(port, '127.0.0.1');
