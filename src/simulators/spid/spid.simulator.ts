import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import {
  setUnknownHandler,
  createSimulatorServer,
  sendResponse,
  listen,
  EffectLog,
  keepState,
  underFaults,
  type RunningSimulator,
  type SimulatorOptions,
} from '../simulator.js';
import { readKeptState } from '../kept.state.js';
import { SimulatorClock } from '../simulator.clock.js';
import { Faults } from '../simulator.faults.js';
import { SpidAccess } from './spid.access.js';
import { formParametersOf, SpidApi } from './spid.api.js';
import { operations } from './spid.catalogue.js';
import { ClientSecrets } from './spid.client.registry.js';
import { addControls } from './spid.controls.js';
import { addExampleVoucher, demoState, restoredState } from './spid.demo.js';
import { phpJson } from './spid.json.js';
import { Limits } from './spid.limits.js';
import {
  introspectionResponse,
  tokenResponse,
  noGrantType,
  oauthError,
  type OauthParts,
  tokenFault,
  type TokenRequest,
} from './oauth/spid.oauth.js';
import { SpidQuirks } from './spid.quirks.js';
import type { KeptSpidState, SpidState } from './spid.state.js';
import type { SpidClock } from './spid.clock.js';
import { Tokens } from './oauth/spid.tokens.js';

/** For an import of some hundred thousand tokens, which form encoding makes up to three times as long. */
const bodyBytesMax = 8 * 1_024 * 1_024;

/** Internal route of every `/api` path, so that escapes are decoded by the vendor's rules (SPiD A8), not Fastify's. */
const apiRoute = '/__api';

export interface SpidSimulatorOptions extends SimulatorOptions {
  /** Base time of the simulator, for tests. Default: the system clock. */
  readonly now?: SpidClock;
  /** Code of a voucher that is there from the start, handed out. */
  readonly exampleVoucher?: string;
}

/** Starts `/oauth`, `/api/2` and the controls. Every start has a signing key of its own, made when first used. */
export async function startSpidSimulator(options: SpidSimulatorOptions): Promise<RunningSimulator> {
  const { now: machineTime = () => new Date() } = options;
  const clock = new SimulatorClock(() => machineTime().getTime());
  const { now } = clock;
  const effects = new EffectLog(now);
  const faults = new Faults(['token', 'introspect', ...operations], clock);
  const quirks = new SpidQuirks();
  // On the base time: the rate limit ignores the moved clock.
  const limits = new Limits(machineTime);
  const tokens = new Tokens(now);
  const secrets = new ClientSecrets();
  const state = stateOf(options, now, effects, quirks);
  const access = new SpidAccess(tokens, limits, quirks);
  const api = new SpidApi(state, faults, limits, access);
  const server = createSimulatorServer(
    { faults, effects, clock },
    {
      rewriteUrl: (url) => (/^\/api(\/|\?|$)/.test(url) ? apiRoute : url),
      unknown: (request) => api.unknown(request),
    },
  );
  keepState(server, effects, options.stateFile, () => state.kept);
  addControls(server, { tokens, secrets, limits, quirks, state });
  await server.register((vendor, _, done) => {
    readBodiesAsBytes(vendor);
    addOauth(vendor, { tokens, secrets, quirks }, faults);
    setUnknownHandler(vendor, (request) => api.unknown(request));
    vendor.setErrorHandler<FastifyError>((error, request, reply) =>
      sendResponse(reply, api.broken(request, error.statusCode ?? 500)),
    );
    vendor.all(apiRoute, { bodyLimit: bodyBytesMax }, (request, reply) => api.handle(request, reply));
    done();
  });
  return listen(server, options);
}

/** What an earlier process kept, or the demo. */
function stateOf(
  { stateFile, idsAfter, exampleVoucher }: SpidSimulatorOptions,
  ...parts: ConstructorParameters<typeof SpidState>
): SpidState {
  const kept = stateFile === undefined ? undefined : readKeptState(stateFile);
  if (kept) return restoredState(kept as KeptSpidState, ...parts);
  const state = demoState(...parts);
  if (exampleVoucher !== undefined) addExampleVoucher(state, exampleVoucher);
  if (idsAfter !== undefined) state.startIdsAfter(idsAfter);
  return state;
}

/** The vendor reads every body as a form, with any content type. */
function readBodiesAsBytes(vendor: FastifyInstance): void {
  vendor.removeAllContentTypeParsers();
  vendor.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

function addOauth(vendor: FastifyInstance, parts: OauthParts, faults: Faults): void {
  const requestOf = (request: FastifyRequest): TokenRequest => ({
    authorization: request.headers.authorization,
    form: formParametersOf(request.body),
    issuer: `http://${request.host}/`,
  });
  vendor.all('/oauth/token', (request, reply) => {
    const work = () =>
      request.method === 'POST' ? tokenResponse(parts, requestOf(request)) : oauthError(400, ...noGrantType);
    return underFaults(faults, 'token', reply, work, tokenFault);
  });
  vendor.post('/oauth/introspect', (request, reply) => {
    const work = () => introspectionResponse(parts, requestOf(request));
    return underFaults(faults, 'introspect', reply, work, tokenFault);
  });
  vendor.get('/oauth/jwks', (_request, reply) =>
    sendResponse(reply, { status: 200, contentType: 'application/json', body: phpJson(parts.tokens.jwks()) }),
  );
}
