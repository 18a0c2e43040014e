import type { Memory } from './fuzz.world.js';
import type { PlannedRequest, ReceivedResponse } from './planned.request.js';

/** The same flaw again and again is one finding; so many of its requests are shown. */
const SHOWN_PER_FAULT = 3;

/** What is kept of a request that is shown. */
const SHOWN_BYTES = 300;

/**
 * Memory after the run may exceed that after the warm-up by so much. Both are measured after a collection; compiled code
 * and the pages that the embedded database keeps of what was written still grow a little.
 */
const GROWTH = {
  heap: { factor: 1.1, bytes: 8 * 1024 * 1024 },
  resident: { factor: 1.25, bytes: 32 * 1024 * 1024 },
} as const;

/** What the run has seen. */
export class FuzzTally {
  readonly #statuses = new Map<number, number>();
  readonly #operations = new Set<string>();
  readonly #findings = new Map<string, string[]>();
  requests = 0;
  responses = 0;
  #slowestMs = 0;

  get findings(): number {
    return this.#findings.size;
  }

  add(planned: PlannedRequest, responses: readonly ReceivedResponse[], ms: number): void {
    this.requests += 1;
    this.responses += responses.length;
    this.#slowestMs = Math.max(this.#slowestMs, ms);
    for (const { status } of responses) this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    if (planned.kind === 'http' && planned.operation) {
      this.#operations.add(`${planned.operation.method} ${planned.operation.path}`);
    }
  }

  find(flaw: string, index: number, planned?: PlannedRequest): void {
    const seen = this.#findings.get(flaw) ?? [];
    this.#findings.set(flaw, seen);
    if (seen.length < SHOWN_PER_FAULT) seen.push(`request ${index}${planned ? `: ${shown(planned)}` : ''}`);
  }

  judge(before: Memory, after: Memory): void {
    for (const name of ['heap', 'resident'] as const) {
      const { factor, bytes } = GROWTH[name];
      const limit = before[name] * factor + bytes;
      if (!(after[name] <= limit)) {
        this.find(
          `memory grows: ${name} from ${mib(before[name])} to ${mib(after[name])} MiB`,
          this.requests,
        );
      }
    }
  }

  report(): string {
    const statuses = [...this.#statuses].toSorted(([a], [b]) => a - b);
    const findings = [...this.#findings].map(
      ([flaw, seen]) => `FINDING  ${flaw}\n    ${seen.join('\n    ')}\n`,
    );
    return [
      ...findings,
      `requests   ${this.requests}, responses ${this.responses}, operations ${this.#operations.size}`,
      `statuses   ${statuses.map(([status, count]) => `${status}: ${count}`).join('  ')}`,
      `slowest    ${this.#slowestMs.toFixed(0)} ms`,
      `findings   ${this.findings}`,
    ].join('\n');
  }
}

export function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}

function shown(planned: PlannedRequest): string {
  if (planned.kind === 'raw')
    return JSON.stringify(planned.writes.map((each) => each.toString('latin1'))).slice(0, 600);
  const { method, path, headers, body } = planned;
  const { authorization, ...others } = headers;
  const key = authorization === undefined ? 'without a key' : 'with a key';
  const text = body?.toString('latin1').slice(0, SHOWN_BYTES) ?? '';
  return `${method} ${path.slice(0, SHOWN_BYTES)} ${key} ${JSON.stringify(others).slice(0, SHOWN_BYTES)} ${JSON.stringify(text)}`;
}
