import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerUnknown, underFaults, type Answer } from '../simulator.js';
import type { Faults } from '../simulator.faults.js';
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

type Operation = (typeof IMPORT2_OPERATIONS)[number];

export interface VendorApiOptions {
  readonly backend: Backend;
  readonly faults: Faults;
  readonly isAccepted: (apiToken: string) => boolean;
  /** None for the sandbox. */
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

/** An address of no API version: no body either, as of any other error (Import2 E2). */
export const noSuchAddress: Answer = empty(404);

/** Everything that is below no API version. */
export async function outsideOfAll(scope: FastifyInstance): Promise<void> {
  takeBodiesAsText(scope);
  scope.setErrorHandler((error: { statusCode?: number }, _request, reply) =>
    refuse(reply, error.statusCode ?? 500),
  );
  answerUnknown(scope, () => noSuchAddress);
}

/** Import2 takes `Content-Type: application/json` on empty bodies too, which a JSON parser would refuse (Import2 E1). */
function takeBodiesAsText(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

function guard(scope: FastifyInstance, { isAccepted, limit }: VendorApiOptions): void {
  scope.addHook('onRequest', async (request, reply) => {
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
  const answering = answerer(faults);
  scope.get(
    '/tools',
    answering('tools_list', () => json(200, TOOLS)),
  );
  scope.post(
    '/imports',
    answering('imports_create', ({ body }) => create(backend, body)),
  );
  scope.get(
    '/imports',
    answering('imports_list', ({ query }) => {
      const { destination_username: username } = query as Record<string, unknown>;
      return json(200, typeof username === 'string' ? backend.list(username) : []);
    }),
  );
  scope.get(
    '/imports/:id',
    answering('imports_get', ({ params }) => {
      const found = backend.get(idOf(params));
      return found ? json(200, found) : empty(404);
    }),
  );
}

function paymentRoutes(scope: FastifyInstance, { backend, faults }: VendorApiOptions): void {
  const answering = answerer(faults);
  for (const decision of ['accept', 'reject'] as const) {
    const decide = answering(`payment_${decision}`, ({ params }) =>
      empty(backend.decidePayment(idOf(params), decision) ? 200 : 404),
    );
    scope.post(`/imports/:id/payment/${decision}`, decide);
  }
}

/** Without a body, Fastify hands over none at all. */
function create(backend: Backend, body: unknown): Answer {
  const request = parseObject(typeof body === 'string' ? body : '');
  if (!request) return empty(400);
  const refused = refusals(request);
  return refused ? json(422, refused) : json(201, backend.create(request as unknown as ImportRequest));
}

function answerer(faults: Faults) {
  return (operation: Operation, work: (request: FastifyRequest) => Answer) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      await underFaults(faults, operation, reply, () => work(request), empty);
      return reply;
    };
}

function json(status: number, value: unknown): Answer {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(value) };
}

function empty(status: number): Answer {
  return { status, contentType: JSON_TYPE, body: '' };
}

function idOf(params: unknown): string {
  return (params as { id: string }).id;
}
