import * as fc from 'fast-check';
import type { Decision, RunningOperation } from '../../../src/http/operations/operation.types.js';
import type { Database } from '../../../src/store/database.js';
import { aWrite, CREATED, LedgerParts } from './ledger.parts.js';

const KEYS = ['a', 'b'] as const;

/** One thing that happens: `key` and `holder` choose whom it happens to. */
type Step =
  | { readonly what: 'begin'; readonly key: (typeof KEYS)[number]; readonly times: number }
  | { readonly what: 'succeed' | 'fail' | 'release' | 'unknown' | 'die'; readonly holder: number }
  | { readonly what: 'leases-end' | 'recover' }
  | { readonly what: 'decide'; readonly target: number; readonly decision: Decision };

const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('begin' as const),
      key: fc.constantFrom(...KEYS),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom(
        'succeed' as const,
        'fail' as const,
        'release' as const,
        'unknown' as const,
        'die' as const,
      ),
      holder: fc.nat(5),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('leases-end' as const, 'recover' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('decide' as const),
      target: fc.nat(5),
      decision: fc.constantFrom<Decision>('executed', 'not_executed'),
    }),
  },
);

/** What really happened, seen from outside the ledger. */
class World {
  /** Permissions to execute, by key; releases give theirs back, decisions of a person allow one more. */
  readonly allowed = new Map<string, number>();
  /** Everybody who was ever allowed to run and has not died; they may report at any time, and more than once. */
  readonly holders: { readonly key: string; readonly operation: RunningOperation }[] = [];
  /** Final states once seen. */
  readonly finals = new Map<string, string>();

  constructor(readonly parts: LedgerParts) {}

  async happens(step: Step): Promise<void> {
    const { parts } = this;
    switch (step.what) {
      case 'begin':
        return this.#begin(step.key, step.times);
      case 'leases-end':
        return parts.endLeases();
      case 'recover':
        await parts.recovery.sweep();
        return;
      case 'decide':
        return this.#decide(step.target, step.decision);
      default:
        return this.#report(step.what, step.holder);
    }
  }

  async #begin(key: string, times: number): Promise<void> {
    const results = await Promise.all(
      Array.from({ length: times }, () => this.parts.ledger.begin(aWrite({ idempotencyKey: key }))),
    );
    for (const result of results) {
      if (result.kind !== 'run') continue;
      this.#allow(key, -1);
      this.holders.push({ key, operation: result.operation });
    }
  }

  async #report(what: 'succeed' | 'fail' | 'release' | 'unknown' | 'die', index: number): Promise<void> {
    const holder = this.holders[index % Math.max(this.holders.length, 1)];
    if (!holder) return;
    const { ledger } = this.parts;
    const { key, operation } = holder;
    if (what === 'die') {
      this.holders.splice(this.holders.indexOf(holder), 1);
      return;
    }
    const result = await (what === 'succeed' || what === 'fail'
      ? ledger[what](operation, CREATED)
      : ledger[what](operation));
    // A release says that the upstream saw nothing, so its holder reports nothing else.
    if (what !== 'release') return;
    this.holders.splice(this.holders.indexOf(holder), 1);
    if (result === 'recorded') this.#allow(key, 1);
  }

  async #decide(target: number, decision: Decision): Promise<void> {
    const { items } = await this.parts.archive.list({ tenant: 'demo', limit: 100 });
    const operation = items[target % Math.max(items.length, 1)];
    if (!operation) return;
    const before = operation.state;
    const { kind } = await this.parts.archive.decide({
      tenant: 'demo',
      id: operation.id,
      decision,
      basis: 'person',
      by: 'ann',
      reason: 'told',
    });
    if ((kind === 'decided') !== (before === 'unknown')) throw new Error(`${before} was ${kind}`);
    if (kind === 'decided' && decision === 'not_executed') this.#allow(operation.idempotencyKey ?? '', 1);
  }

  /** At most one execution for a key, unless it was released or a person said that nothing was executed. */
  #allow(key: string, change: number): void {
    const left = (this.allowed.get(key) ?? 1) + change;
    if (left < 0) throw new Error(`key ${key} was executed twice`);
    this.allowed.set(key, left);
  }

  async check(): Promise<void> {
    const { items } = await this.parts.archive.list({ tenant: 'demo', limit: 100 });
    const inForce = new Map<string, number>();
    for (const { id, state, outcome, resolution, idempotencyKey } of items) {
      const known = this.finals.get(id);
      if (known !== undefined && known !== state) throw new Error(`final ${known} became ${state}`);
      if (state === 'succeeded' || state === 'failed') this.finals.set(id, state);
      if (resolution && state !== (resolution.decision === 'executed' ? 'succeeded' : 'failed')) {
        throw new Error(`decided ${resolution.decision}, but ${state}`);
      }
      if (resolution?.decision === 'not_executed' && outcome !== 'not_executed')
        throw new Error('a decision was lost');
      if (resolution?.decision === 'not_executed') continue;
      inForce.set(idempotencyKey ?? '', (inForce.get(idempotencyKey ?? '') ?? 0) + 1);
    }
    for (const [key, count] of inForce)
      if (count > 1) throw new Error(`key ${key} leads to ${count} operations`);
    if (this.finals.size > items.length) throw new Error('a final operation has vanished');
  }
}

/** Random histories of one key space against the promises of the ledger. */
export function describeHistories(open: () => Database, runs: number): void {
  it(`keeps its promises in ${runs} random histories of repeats, crashes, late answers and decisions`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 5, maxLength: 30 }), async (steps) => {
        const world = new World(new LedgerParts(open()));
        await world.parts.clear();
        for (const step of steps) {
          await world.happens(step);
          await world.check();
        }
      }),
      { numRuns: runs, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    );
  }, 60_000);
}
