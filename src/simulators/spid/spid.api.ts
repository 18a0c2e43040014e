import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendResponse, underFaults, type SimulatedResponse } from '../simulator.js';
import type { Faults } from '../simulator.faults.js';
import { nameReceivedCall } from '../simulator.traffic.js';
import type { SpidAccess } from './spid.access.js';
import type { Call, CallResult } from './spid.call.js';
import type { Route } from './spid.catalogue.js';
import { anonymous, type Client } from './spid.client.registry.js';
import { failureBody, formatOf, render, successBody, type Envelope, type Format } from './spid.container.js';
import { handlers } from './endpoints/spid.handlers.js';
import { ApiException, RATE_LIMIT_TEXT, TokenRefusal } from './spid.errors.js';
import type { Budget, Limits } from './spid.limits.js';
import { tokenRefusalBody } from './oauth/spid.oauth.js';
import { decodePercent, Parameters } from './spid.parameters.js';
import { locate } from './spid.router.js';
import { selectFields } from './spid.field.selection.js';
import type { SpidState } from './spid.state.js';

/** A parsed call, before any check. */
interface Incoming {
  readonly route: Route | undefined;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Parameters;
  readonly form: Parameters;
  readonly format: Format;
  /** `anonymous` until the token has been checked. */
  caller: Client;
}

/** `/api/...`: finds the endpoint, checks the caller, and runs the endpoint with its pending fault. */
export class SpidApi {
  constructor(
    private readonly state: SpidState,
    private readonly faults: Faults,
    private readonly limits: Limits,
    private readonly access: SpidAccess,
  ) {}

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const incoming = read(request);
    try {
      const { route } = incoming;
      if (!route) throw noSuchEndpoint();
      // Also of a call that the checks refuse.
      nameReceivedCall(request, route.operation);
      const acting = this.#admit(incoming, route, request);
      const call: Call = {
        client: acting,
        method: route.method,
        path: incoming.path,
        parameters: route.method === 'POST' ? incoming.form : incoming.query,
        query: incoming.query,
      };
      const work = () =>
        this.#result(incoming, () => selectFields(handlers[route.operation](this.state, call), call));
      await underFaults(this.faults, route.operation, reply, work, (status) => this.#fault(incoming, status));
    } catch (error) {
      sendResponse(reply, this.#refusal(incoming, error));
    }
  }

  /** The response to a path without endpoint (SPiD A4, step 1). */
  unknown(request: FastifyRequest): SimulatedResponse {
    return this.#refusal(read(request), noSuchEndpoint());
  }

  /** The response to an error outside of the endpoint, such as a body that is too large. */
  broken(request: FastifyRequest, status: number): SimulatedResponse {
    return this.#refusal(read(request), new ApiException(status, STATUS_CODES[status] ?? 'Error'));
  }

  /** Steps 2 to 9 (SPiD A4). Without a token only 6 and 7 apply. */
  #admit(incoming: Incoming, route: Route, request: FastifyRequest): Client {
    if (route.token) incoming.caller = this.access.caller({ ...incoming, headers: request.headers });
    this.access.checkIp();
    this.access.spend(incoming.caller);
    return route.token ? this.access.actingClient(incoming.caller, incoming.query) : anonymous;
  }

  #result(incoming: Incoming, work: () => CallResult): SimulatedResponse {
    try {
      const result = work();
      return render(incoming.format, 200, successBody(this.#envelope(incoming), result, incoming.caller));
    } catch (error) {
      return this.#refusal(incoming, error);
    }
  }

  #refusal(incoming: Incoming, error: unknown): SimulatedResponse {
    if (error instanceof TokenRefusal) return render(incoming.format, 401, tokenRefusalBody(error));
    if (!(error instanceof ApiException)) throw error;
    return render(incoming.format, error.status, failureBody(this.#envelope(incoming), error));
  }

  /** The vendor's error for a `status-<n>` fault: 401 is about the token, 420 shows an exhausted budget. */
  #fault(incoming: Incoming, status: number): SimulatedResponse {
    if (status === 401) return this.#refusal(incoming, new TokenRefusal('invalid_token'));
    const usedUp = { reset: 1, limit: 1, remaining: 0 };
    const text = status === 420 ? RATE_LIMIT_TEXT : (STATUS_CODES[status] ?? 'Error');
    const envelope = this.#envelope(incoming, status === 420 ? usedUp : undefined);
    return render(incoming.format, status, failureBody(envelope, new ApiException(status, text)));
  }

  #envelope({ route, path, query, caller }: Incoming, budget?: Budget): Envelope {
    return {
      route,
      where: whereOf(route, path, query),
      budget: budget ?? this.limits.standing(caller.id),
      quirks: this.state.quirks.values,
    };
  }
}

function noSuchEndpoint(): ApiException {
  return new ApiException(404, 'No such endpoint.');
}

/** The suffix of the last segment is the format (SPiD A8). */
function read(request: FastifyRequest): Incoming {
  const [wholePath = '', ...search] = request.originalUrl.split('?');
  const suffix = /\.jsonp?$/.exec(wholePath)?.[0];
  const segments = wholePath
    .slice(1, suffix ? -suffix.length : undefined)
    .split('/')
    .map(decodePercent);
  const { route, path = {} } = locate(request.method, segments) ?? {};
  const query = Parameters.parse(search.join('?'));
  return {
    route,
    path,
    query,
    form: request.method === 'POST' ? formParametersOf(request.body) : Parameters.none,
    format: formatOf(suffix, query.filled('callback')),
    caller: anonymous,
  };
}

/** Reads the body as a form, with any content type, one character per byte. */
export function formParametersOf(body: unknown): Parameters {
  return Buffer.isBuffer(body) ? Parameters.parse(body.toString('latin1')) : Parameters.none;
}

/** Leaves the product out, as the capture of a product check does (SPiD A5); searches show their parameters. */
function whereOf(route: Route | undefined, path: Incoming['path'], query: Parameters): Incoming['path'] {
  const { product_id: _, ...shown } = path;
  const where: Record<string, string> = shown;
  const searchable = route?.method === 'GET' ? route.optional : [];
  for (const name of searchable) {
    const value = query.filled(name);
    if (value !== undefined && !/^(limit|offset|filters)$/.test(name)) where[name] = value;
  }
  return where;
}
