import { setTimeout as sleep } from 'node:timers/promises';
import type { Gateway } from './processes/chaos.gateway.js';
import { GATEWAYS, type GatewayFleet } from './processes/gateway.fleet.js';
import { apiKeyOf } from './processes/gateway.settings.js';
import { type PlannedWrite, requestIdOf } from './plan/planned.write.js';
import type { Random } from '../support/random.js';

/** One request and what came back. */
export interface ClientResponse {
  readonly write: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** 0: none came. */
  readonly status: number;
  /** Slug of the problem. */
  readonly problem?: string;
  readonly outcome?: string;
  readonly replayed: boolean;
  readonly body: unknown;
  readonly location: string | null;
  /** Which one was asked. */
  readonly gateway: Gateway;
}

/** Far beyond what a gateway takes; without it a frozen one would hold the schedule. */
const PATIENCE_MS = { usual: 5_000, long: 20_000 } as const;

const BUSY_TRIES = 4;

const PAUSE_MS = { min: 30, max: 250 } as const;

export interface Insistence {
  /** Requests at most. */
  readonly tries: number;
  /** Waits long for each response. */
  readonly isPatient?: boolean;
  /** The place of the gateway that is asked first; any when it is left out. */
  readonly slot?: number;
}

/**
 * Sends writes as clients do. With a key: carefully, the same key until the response is final. Without: as HTTP
 * libraries do by themselves, again after a lost connection and after any 5xx.
 */
export class Client {
  readonly responses: ClientResponse[] = [];
  readonly #requests = new Map<string, number>();

  constructor(
    private readonly fleet: GatewayFleet,
    private readonly random: Random,
  ) {}

  /** The id that the next request of this write will have. */
  nextRequestId(write: PlannedWrite): string {
    return requestIdOf(write, (this.#requests.get(write.name) ?? 0) + 1);
  }

  /** Returns the last response. */
  async insist(write: PlannedWrite, { tries, slot, isPatient = false }: Insistence): Promise<ClientResponse> {
    const patienceMs = isPatient ? PATIENCE_MS.long : PATIENCE_MS.usual;
    let response = await this.#once(write, this.fleet.at(slot ?? this.#anySlot()), patienceMs);
    for (let tried = 1; tried < tries && isWorthRepeating(write, response, tried); tried += 1) {
      await sleep(this.random.whole(PAUSE_MS.min, PAUSE_MS.max));
      response = await this.#once(write, this.fleet.at(this.#anySlot()), patienceMs);
    }
    return response;
  }

  #anySlot(): number {
    return this.random.whole(0, GATEWAYS - 1);
  }

  async #once(write: PlannedWrite, gateway: Gateway, patienceMs: number): Promise<ClientResponse> {
    const requestId = this.nextRequestId(write);
    this.#requests.set(write.name, (this.#requests.get(write.name) ?? 0) + 1);
    const startedAt = Date.now();
    const response = await exchange(write, { gateway, requestId, patienceMs }).catch(() => NO_RESPONSE);
    const noted = { write: write.name, requestId, startedAt, endedAt: Date.now(), gateway, ...response };
    this.responses.push(noted);
    return noted;
  }
}

interface Exchange {
  readonly gateway: Gateway;
  readonly requestId: string;
  readonly patienceMs: number;
}

async function exchange(
  { tenant, caller, method, path, key, body }: PlannedWrite,
  { gateway, requestId, patienceMs }: Exchange,
) {
  const response = await fetch(gateway.url + path, {
    method,
    signal: AbortSignal.timeout(patienceMs),
    headers: {
      authorization: `Bearer ${apiKeyOf(caller)}`,
      'tollgate-tenant': tenant,
      'x-request-id': requestId,
      ...(key === null ? {} : { 'idempotency-key': key }),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const read = (await response.json()) as { type?: string; outcome?: string };
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  return {
    status: response.status,
    ...(isProblem ? { problem: read.type?.split('/').at(-1) ?? '', outcome: read.outcome ?? '' } : {}),
    replayed: response.headers.get('idempotent-replayed') === 'true',
    body: read as unknown,
    location: response.headers.get('location'),
  };
}

const NO_RESPONSE = { status: 0, replayed: false, body: undefined, location: null };

/** Another write in the way may have no outcome for long: some tries are enough. */
function isWorthRepeating(
  { key }: PlannedWrite,
  { status, problem, outcome }: ClientResponse,
  tried: number,
): boolean {
  if (problem === 'operation-in-progress') return outcome !== 'not_executed' || tried < BUSY_TRIES;
  if (status === 0 || status === 502 || status === 503) return true;
  return key === null && status === 504;
}
