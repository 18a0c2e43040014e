import { fastify } from 'fastify';
import type { RequestContext } from '../../telemetry/request.context.js';
import { HeldPlace } from './caller.places.js';
import { endAdmission } from './admission.end.js';

const CALLER = { name: 'caller', quota: 100, windowSeconds: 60, remaining: 40, secondsToReset: 12 };
const UPSTREAM = { name: 'import2', quota: 10, windowSeconds: 1, remaining: 0, secondsToReset: 1 };

describe('endAdmission', () => {
  const respond = async (context: Partial<RequestContext> | undefined, place?: HeldPlace) => {
    const server = fastify();
    server.addHook('onRequest', (request, _reply, done) => {
      if (context) request.gatewayContext = { requestId: '1', upstreamCalls: 0, ...context };
      request.place = place;
      done();
    });
    server.addHook('onSend', (request, reply, payload, done) => {
      endAdmission(request, reply);
      done(null, payload);
    });
    server.get('/', (_request, reply) => reply.code(503).send('{}'));
    const { headers } = await server.inject('/');
    return [headers['ratelimit-policy'], headers['ratelimit']];
  };

  it('names the policies of the caller, then that of the upstream', async () => {
    expect(await respond({ callerPolicies: [CALLER], upstreamPolicy: UPSTREAM })).toEqual([
      '"caller";q=100;w=60, "import2";q=10;w=1',
      '"caller";r=40;t=12, "import2";r=0;t=1',
    ]);
    expect(await respond({ upstreamPolicy: UPSTREAM })).toEqual(['"import2";q=10;w=1', '"import2";r=0;t=1']);
  });

  it('sets no header where nothing is known', async () => {
    expect(await respond({})).toEqual([undefined, undefined]);
    expect(await respond(undefined)).toEqual([undefined, undefined]);
  });

  it('ends the work of the request, once, and leaves its place to the connection', async () => {
    let left = 0;
    const place = new HeldPlace(() => (left += 1));
    place.hold();
    await respond({}, place);
    expect(left).toBe(0);
    place.release();
    expect(left).toBe(1);
  });
});
