import { fastify, type FastifyInstance } from 'fastify';
import { performance } from 'node:perf_hooks';
import { requestContext } from '../../telemetry/request.context.js';
import { createRequestContext } from './request.context.creation.js';
import { startPaced } from './write.pacing.js';

const WRITES = 100;

/** A write that takes as long as the real ones. */
function work(): void {
  const endsAt = performance.now() + 1;
  while (performance.now() < endsAt);
}

describe('startPaced', () => {
  let server: FastifyInstance;
  let begun: string[];

  beforeEach(() => {
    begun = [];
    server = fastify();
    server.decorateRequest('gatewayContext');
    server.addHook('onRequest', (request, reply, done) => {
      requestContext.run(createRequestContext(request, reply), () => startPaced(request, done));
    });
    server.post<{ Params: { id: string } }>('/:id', (request, reply) => {
      begun.push(request.params.id);
      work();
      void reply.send({ isOwn: requestContext.getStore()?.requestId === request.id });
    });
    server.get('/', (_request, reply) => {
      begun.push('read');
      void reply.send({});
    });
  });

  afterEach(() => server.close());

  it('serves a read among the writes of a burst that came before it, and runs each write in its own context', async () => {
    const writes = Array.from({ length: WRITES }, (_, id) =>
      server.inject({ method: 'POST', url: `/${id}` }),
    );
    const read = server.inject({ method: 'GET', url: '/' });
    const responses = await Promise.all(writes);
    await read;
    expect(begun.indexOf('read')).toBeLessThan(WRITES / 2);
    expect(responses.every((response) => response.json<{ isOwn: boolean }>().isOwn)).toBe(true);
  });
});
