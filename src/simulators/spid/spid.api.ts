import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { give, underFaults, type Answer } from '../simulator.js';
import type { Faults } from '../simulator.faults.js';
import type { Access } from './spid.access.js';
import type { Call, Outcome } from './spid.call.js';
import type { Route } from './spid.catalogue.js';
import { anonymous, type Client } from './spid.clients.js';
import { failureBody, formatOf, render, successBody, type Envelope, type Format } from './spid.container.js';
import { handlers } from './spid.endpoints.js';
import { ApiException, RATE_LIMIT_TEXT, TokenRefusal } from './spid.errors.js';
import type { Budget, Limits } from './spid.limits.js';
import { tokenRefusalBody } from './spid.oauth.js';
import { decodePercent, Parameters } from './spid.parameters.js';
import { locate } from './spid.router.js';
import { trimmed } from './spid.fields.js';
import type { SpidState } from './spid.state.js';

/** A call as it came in, read but not yet checked. */
interface Incoming {
  readonly route: Route | undefined;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Parameters;
  readonly form: Parameters;
  readonly format: Format;
  /** Nobody until the token has been checked. */
  caller: Client;
}

/** `/api/...`: finds the endpoint, checks the caller, runs the endpoint under the fault that waits for it. */
export class SpidApi {
  constructor(
    private readonly state: SpidState,
    private readonly faults: Faults,
    private readonly limits: Limits,
    private readonly access: Access,
  ) {}

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const incoming = read(request);
    try {
      const { route } = incoming;
      if (!route) throw noSuchEndpoint();
      const acting = this.#admit(incoming, route, request);
      const call: Call = {
        client: acting,
        method: route.method,
        path: incoming.path,
        parameters: route.method === 'POST' ? incoming.form : incoming.query,
        query: incoming.query,
      };
      const work = () =>
        this.#outcome(incoming, () => trimmed(handlers[route.operation](this.state, call), call));
      await underFaults(this.faults, route.operation, reply, work, (status) => this.#fault(incoming, status));
    } catch (error) {
      give(reply, this.#refusal(incoming, error));
    }
  }

  /** An address that is no endpoint of the API (SPiD A4, step 1). */
  unknown(request: FastifyRequest): Answer {
    return this.#refusal(read(request), noSuchEndpoint());
  }

  /** What went wrong before or outside the endpoint, such as a body that is too large. */
  broken(request: FastifyRequest, status: number): Answer {
    return this.#refusal(read(request), new ApiException(status, STATUS_CODES[status] ?? 'Error'));
  }

  /** Steps 2 to 9; without a token only 6 and 7 have anything to look at. */
  #admit(incoming: Incoming, route: Route, request: FastifyRequest): Client {
    if (route.token) incoming.caller = this.access.caller({ ...incoming, headers: request.headers });
    this.access.checkIp();
    this.access.spend(incoming.caller);
    return route.token ? this.access.actingClient(incoming.caller, incoming.query) : anonymous;
  }

  #outcome(incoming: Incoming, work: () => Outcome): Answer {
    try {
      const outcome = work();
      return render(incoming.format, 200, successBody(this.#envelope(incoming), outcome, incoming.caller));
    } catch (error) {
      return this.#refusal(incoming, error);
    }
  }

  #refusal(incoming: Incoming, error: unknown): Answer {
    if (error instanceof TokenRefusal) return render(incoming.format, 401, tokenRefusalBody(error));
    if (!(error instanceof ApiException)) throw error;
    return render(incoming.format, error.status, failureBody(this.#envelope(incoming), error));
  }

  /** A `status-<n>` fault in the vendor's words: 401 is a token problem, 420 shows a budget that is used up. */
  #fault(incoming: Incoming, status: number): Answer {
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

/** The suffix of the last segment is the format, whatever it is appended to (SPiD A8). */
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
    form: request.method === 'POST' ? formOf(request.body) : Parameters.none,
    format: formatOf(suffix, query.filled('callback')),
    caller: anonymous,
  };
}

/** The body is read as a form whatever its content type says, one character per byte. */
export function formOf(body: unknown): Parameters {
  return Buffer.isBuffer(body) ? Parameters.parse(body.toString('latin1')) : Parameters.none;
}

/** The capture of a product check leaves the product out (SPiD A5); searches show what was searched for. */
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
