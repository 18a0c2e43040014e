/** Rival (b): Fastify with @fastify/http-proxy, a check of the key and the vendor's credential injected. */
import proxy from '@fastify/http-proxy';
import { fastify } from 'fastify';
import { fromVariables } from './rival.environment.js';

const { port, vendorUrl, vendorToken, callerKey } = fromVariables();

const app = fastify({ keepAliveTimeout: 600_000 });
await app.register(proxy, {
  upstream: vendorUrl,
  prefix: '/v1/users/:user/entitlements',
  rewritePrefix: '/api/2/user/:user/product',
  undici: { connections: 128, pipelining: 1 },
  preHandler: (request, reply, done) => {
    if (request.headers.authorization === callerKey) done();
    else void reply.code(401).send({ error: 'no valid key' });
  },
  replyOptions: {
    rewriteRequestHeaders: (_, headers) => ({ ...headers, authorization: `Bearer ${vendorToken}` }),
  },
});
await app.listen({ port, host: '127.0.0.1' });
