import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setUnknownHandler, underFaults, type SimulatedResponse } from '../simulator.js';
import type { Faults } from '../simulator.faults.js';
import { nameReceivedCall } from '../simulator.traffic.js';
import type { Backend } from './import2.backends.js';
import type { RequestLimit } from './import2.limit.js';
import { parseObject, refusals, TOOLS, type ImportRequest } from './import2.request.js';

const JSON_TYPE = 'application/json; charset=utf-8';

export const IMPORT2_OPERATIONS = [
  'tools_list',
  'imports_create',
  'imports_list',
  'imports_get',
  'payment_accept',
  'payment_reject',
] as const;

type EndpointName = (typeof IMPORT2_OPERATIONS)[number];

export interface VendorApiOptions {
  readonly backend: Backend;
  readonly faults: Faults;
  readonly isAccepted: (apiToken: string) => boolean;
  /** undefined for the sandbox, which has none. */
  readonly limit?: RequestLimit;
  /** The payment endpoints came with v2.1 (Import2 E5). */
  readonly payments: boolean;
}

/** The endpoints of one API version. Every error but 422 has an empty body. */
export function vendorApi(options: VendorApiOptions): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    takeBodiesAsText(scope);
    guard(scope, options);
    importRoutes(scope, options);
    if (options.payments) paymentRoutes(scope, options);
  };
}

/** For a path of no API version: an empty body, like any other error (Import2 E2). */
export const notFound: SimulatedResponse = empty(404);

/** Every path outside of an API version. */
export async function fallbackRoutes(scope: FastifyInstance): Promise<void> {
  takeBodiesAsText(scope);
  scope.setErrorHandler((error: { statusCode?: number }, _request, reply) =>
    refuse(reply, error.statusCode ?? 500),
  );
  setUnknownHandler(scope, () => notFound);
}

/** Import2 accepts `Content-Type: application/json` with an empty body, which a JSON parser would refuse (Import2 E1). */
function takeBodiesAsText(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

function guard(scope: FastifyInstance, { isAccepted, limit }: VendorApiOptions): void {
  scope.addHook('onRequest', async (request, reply) => {
    const { operation } = request.routeOptions.config as { operation?: EndpointName };
    if (operation) nameReceivedCall(request, operation);
    if (!isAccepted(basicUserName(request.headers.authorization) ?? '')) return refuse(reply, 401);
    if (limit && !limit.admits()) return refuse(reply, 429);
    return undefined;
  });
  scope.setNotFoundHandler((_request, reply) => refuse(reply, 404));
  scope.setErrorHandler((error: { statusCode?: number }, _request, reply) =>
    refuse(reply, error.statusCode ?? 500),
  );
}

function refuse(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).header('content-type', JSON_TYPE).send('');
}

/** The password is ignored (Import2 E1). */
function basicUserName(header = ''): string | undefined {
  const encoded = /^basic\s+(.+)$/i.exec(header)?.[1];
  return encoded && Buffer.from(encoded, 'base64').toString('utf8').split(':')[0];
}

function importRoutes(scope: FastifyInstance, { backend, faults }: VendorApiOptions): void {
  const respondTo = responder(faults);
  scope.get(
    '/tools',
    respondTo('tools_list', () => json(200, TOOLS)),
  );
  scope.post(
    '/imports',
    respondTo('imports_create', ({ body }) => create(backend, body)),
  );
  scope.get(
    '/imports',
    respondTo('imports_list', ({ query }) => {
      const { destination_username: username } = query as Record<string, unknown>;
      return json(200, typeof username === 'string' ? backend.list(username) : []);
    }),
  );
  scope.get(
    '/imports/:id',
    respondTo('imports_get', ({ params }) => {
      const found = backend.get(idOf(params));
      return found ? json(200, found) : empty(404);
    }),
  );
}

function paymentRoutes(scope: FastifyInstance, { backend, faults }: VendorApiOptions): void {
  const respondTo = responder(faults);
  for (const decision of ['accept', 'reject'] as const) {
    const decide = respondTo(`payment_${decision}`, ({ params }) =>
      empty(backend.decidePayment(idOf(params), decision) ? 200 : 404),
    );
    scope.post(`/imports/:id/payment/${decision}`, decide);
  }
}

/** Without a body, Fastify passes undefined. */
function create(backend: Backend, body: unknown): SimulatedResponse {
  const request = parseObject(typeof body === 'string' ? body : '');
  if (!request) return empty(400);
  const refused = refusals(request);
  return refused ? json(422, refused) : json(201, backend.create(request as unknown as ImportRequest));
}

function responder(faults: Faults) {
  return (operation: EndpointName, work: (request: FastifyRequest) => SimulatedResponse) => ({
    config: { operation } as FastifyContextConfig,
    handler: async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      await underFaults(faults, operation, reply, () => work(request), empty);
      return reply;
    },
  });
}

function json(status: number, value: unknown): SimulatedResponse {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(value) };
}

function empty(status: number): SimulatedResponse {
  return { status, contentType: JSON_TYPE, body: '' };
}

function idOf(params: unknown): string {
  return (params as { id: string }).id;
}
