import { setTimeout as sleep } from 'node:timers/promises';
import { apiKeyOf, GATEWAYS, type GatewayFleet } from './gateway.fleet.js';
import type { PlannedWrite } from './planned.write.js';
import type { Random } from './random.js';

/** One request and what came back. */
export interface ClientAnswer {
  readonly write: string;
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
}

/** Far beyond what a gateway takes; without it a frozen one would hold the schedule. */
const PATIENCE_MS = 5_000;

const PAUSE_MS = { min: 30, max: 250 } as const;

/** Sends writes as a careful client does: the same key until the answer is one to keep. */
export class Client {
  readonly answers: ClientAnswer[] = [];

  constructor(
    private readonly fleet: GatewayFleet,
    private readonly random: Random,
  ) {}

  /** Answers the last answer; gives up after `tries`. */
  async insist(write: PlannedWrite, tries: number): Promise<ClientAnswer> {
    let answer = await this.#once(write);
    for (let tried = 1; tried < tries && isWorthRepeating(answer); tried += 1) {
      await sleep(this.random.whole(PAUSE_MS.min, PAUSE_MS.max));
      answer = await this.#once(write);
    }
    return answer;
  }

  async #once(write: PlannedWrite): Promise<ClientAnswer> {
    const startedAt = Date.now();
    const answer = await this.#exchange(write).catch(() => NO_ANSWER);
    const noted = { write: write.name, startedAt, endedAt: Date.now(), ...answer };
    this.answers.push(noted);
    return noted;
  }

  async #exchange({ caller, method, path, key, body }: PlannedWrite) {
    const url = this.fleet.urlOf(this.random.whole(0, GATEWAYS - 1));
    const response = await fetch(url + path, {
      method,
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: {
        authorization: `Bearer ${apiKeyOf(caller)}`,
        'idempotency-key': key,
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
}

const NO_ANSWER = { status: 0, replayed: false, body: undefined, location: null };

function isWorthRepeating({ status, problem }: ClientAnswer): boolean {
  return status === 0 || status === 502 || status === 503 || problem === 'operation-in-progress';
}
