/** SPiD at no latency: the same answer to every handout. A process of its own, so that it takes no time of the gateway. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const TOKEN = JSON.stringify({
  access_token: 'a'.repeat(40),
  expires_in: 604_800,
  scope: null,
  user_id: false,
  is_admin: false,
});

const HANDED_OUT = JSON.stringify({
  name: 'SPP Container',
  version: '0.2',
  api: 2,
  object: 'Voucher',
  type: 'element',
  code: 200,
  request: { reset: 3_600, limit: 0, remaining: -1 },
  debug: { route: { name: 'Handout voucher to user', url: '/api/2/voucher_handout' } },
  meta: null,
  error: null,
  data: { success: true },
});

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const body = request.url === '/oauth/token' ? TOKEN : HANDED_OUT;
  request.resume().on('end', () => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});

server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('disconnect', () => process.exit());
