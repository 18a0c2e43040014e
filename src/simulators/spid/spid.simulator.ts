import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import {
  answerUnknown,
  createSimulatorServer,
  give,
  listen,
  Truth,
  underFaults,
  type RunningSimulator,
  type SimulatorOptions,
} from '../simulator.js';
import { SimulatorClock } from '../simulator.clock.js';
import { Faults } from '../simulator.faults.js';
import { Access } from './spid.access.js';
import { formOf, SpidApi } from './spid.api.js';
import { operations } from './spid.catalogue.js';
import { ClientSecrets } from './spid.clients.js';
import { addControls } from './spid.controls.js';
import { demoState } from './spid.demo.js';
import { phpJson } from './spid.json.js';
import { Limits } from './spid.limits.js';
import {
  answerIntrospection,
  answerToken,
  noGrantType,
  oauthError,
  type OauthParts,
  tokenFault,
  type TokenRequest,
} from './spid.oauth.js';
import { Quirks } from './spid.quirks.js';
import type { Clock } from './spid.time.js';
import { Tokens } from './spid.tokens.js';

/** Room for an import of some hundred thousand tokens, which form encoding makes up to three times as long. */
const bodyBytesMax = 8 * 1_024 * 1_024;

/** Where every `/api` address goes, so that its escapes are decoded by the vendor's rules (SPiD A8), not Fastify's. */
const apiAddress = '/__api';

export interface SpidSimulatorOptions extends SimulatorOptions {
  /** Tells the simulator's time; a test lets tokens expire with it. The system clock unless given. */
  readonly now?: Clock;
}

/** Starts SPiD: `/oauth`, `/api/2` and the controls. Every start has its own state and its own signing key. */
export async function startSpidSimulator(options: SpidSimulatorOptions): Promise<RunningSimulator> {
  const { now: machineTime = () => new Date() } = options;
  const clock = new SimulatorClock(() => machineTime().getTime());
  const { now } = clock;
  const truth = new Truth(now);
  const faults = new Faults(['token', 'introspect', ...operations], clock);
  const quirks = new Quirks();
  // Calls are counted as they come, whatever the time is said to be.
  const limits = new Limits(machineTime);
  const tokens = await Tokens.create(now);
  const secrets = new ClientSecrets();
  const state = demoState(now, truth, quirks);
  const access = new Access(tokens, limits, quirks);
  const api = new SpidApi(state, faults, limits, access);
  const server = createSimulatorServer(
    { faults, truth, clock },
    {
      rewriteUrl: (url) => (/^\/api(\/|\?|$)/.test(url) ? apiAddress : url),
      unknown: (request) => api.unknown(request),
    },
  );
  addControls(server, { tokens, secrets, limits, quirks, state });
  await server.register((vendor, _, done) => {
    readBodiesAsBytes(vendor);
    addOauth(vendor, { tokens, secrets, quirks }, faults);
    answerUnknown(vendor, (request) => api.unknown(request));
    vendor.setErrorHandler<FastifyError>((error, request, reply) =>
      give(reply, api.broken(request, error.statusCode ?? 500)),
    );
    vendor.all(apiAddress, { bodyLimit: bodyBytesMax }, (request, reply) => api.answer(request, reply));
    done();
  });
  return listen(server, options);
}

/** The vendor reads forms; whatever else a client says it sends is read as one too. */
function readBodiesAsBytes(vendor: FastifyInstance): void {
  vendor.removeAllContentTypeParsers();
  vendor.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

function addOauth(vendor: FastifyInstance, parts: OauthParts, faults: Faults): void {
  const requestOf = (request: FastifyRequest): TokenRequest => ({
    authorization: request.headers.authorization,
    form: formOf(request.body),
    issuer: `http://${request.host}/`,
  });
  vendor.all('/oauth/token', (request, reply) => {
    const work = () =>
      request.method === 'POST' ? answerToken(parts, requestOf(request)) : oauthError(400, ...noGrantType);
    return underFaults(faults, 'token', reply, work, tokenFault);
  });
  vendor.post('/oauth/introspect', (request, reply) => {
    const work = () => answerIntrospection(parts, requestOf(request));
    return underFaults(faults, 'introspect', reply, work, tokenFault);
  });
  vendor.get('/oauth/jwks', (_request, reply) =>
    give(reply, { status: 200, contentType: 'application/json', body: phpJson(parts.tokens.jwks()) }),
  );
}
