import * as fc from 'fast-check';
import { UNFINISHED_STATES } from '../../../src/ledger/operation.state.js';
import type { Decision, OperationWrite, RunningOperation } from '../../../src/ledger/operation.types.js';
import type { Database } from '../../../src/store/database/database.js';
import { aWrite, CREATED, LedgerParts } from './ledger.parts.js';

const GRANT = { kind: 'entitlement_grant', prepared: true, account: 'one', exclusiveKey: 'user 42' } as const;

/** The write of each key: two are prepared and share an exclusive key, one of them with a write of another kind. */
const WRITES: Readonly<Record<string, Partial<OperationWrite>>> = {
  a: {},
  b: GRANT,
  c: GRANT,
  d: { ...GRANT, prepared: false },
  e: { kind: 'entitlement_grant', prepared: true },
};
const KEYS = Object.keys(WRITES);

const REPORTS = ['succeed', 'fail', 'release', 'unknown', 'die'] as const;
const CLAIMED = ['send', 'already-so', 'give-up', 'die'] as const;

/** One step of a history: `key` and `holder` select its target. */
type Step =
  | { readonly what: 'begin'; readonly keys: readonly string[] }
  | { readonly what: 'report'; readonly report: (typeof REPORTS)[number]; readonly holder: number }
  | { readonly what: 'claimed'; readonly next: (typeof CLAIMED)[number]; readonly holder: number }
  | { readonly what: 'leases-end' | 'recover' }
  | { readonly what: 'lose-row'; readonly holder: number }
  | { readonly what: 'decide'; readonly target: number; readonly decision: Decision };

const whom = fc.nat(5);
const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('begin' as const),
      keys: fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('report' as const),
      report: fc.constantFrom(...REPORTS),
      holder: whom,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('claimed' as const),
      next: fc.constantFrom(...CLAIMED),
      holder: whom,
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('leases-end' as const, 'recover' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('lose-row' as const), holder: whom }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('decide' as const),
      target: fc.nat(5),
      decision: fc.constantFrom<Decision>('executed', 'not_executed'),
    }),
  },
);

interface Holder {
  readonly key: string;
  readonly operation: RunningOperation;
}

/** What really happened, recorded outside the ledger. */
class World {
  /** Allowed executions by key; a release and a decision of a person allow one more. */
  readonly allowed = new Map<string, number>();
  /** Holders that may have sent and are alive; they may report at any time, repeatedly. */
  readonly holders: Holder[] = [];
  /** Holders that have claimed and not sent. */
  readonly claimed: Holder[] = [];
  /** Final states, once observed. */
  readonly finals = new Map<string, string>();
  /** A row was lost: another write may have its key and its exclusive key. */
  hasLost = false;

  constructor(readonly parts: LedgerParts) {}

  async happens(step: Step): Promise<void> {
    switch (step.what) {
      case 'begin':
        return this.#begin(step.keys);
      case 'leases-end':
        return this.parts.endLeases();
      case 'recover':
        await this.parts.recovery.sweep();
        return;
      case 'lose-row':
        return this.#loseRow(step.holder);
      case 'decide':
        return this.#decide(step.target, step.decision);
      case 'claimed':
        return this.#goOn(step.next, step.holder);
      default:
        return this.#report(step.report, step.holder);
    }
  }

  async #begin(keys: readonly string[]): Promise<void> {
    await Promise.all(
      keys.map(async (key) => {
        const write = aWrite({ ...WRITES[key], idempotencyKey: key });
        const result = await this.parts.ledger.begin(write);
        if (result.kind === 'busy' && write.exclusiveKey === null) throw new Error(`${key} was kept waiting`);
        if (result.kind !== 'run') return;
        if (write.prepared) this.claimed.push({ key, operation: result.operation });
        else this.#executes({ key, operation: result.operation });
      }),
    );
  }

  #executes(holder: Holder): void {
    this.#allow(holder.key, -1);
    this.holders.push(holder);
  }

  async #goOn(next: (typeof CLAIMED)[number], index: number): Promise<void> {
    const holder = this.claimed[index % Math.max(this.claimed.length, 1)];
    if (!holder) return;
    this.claimed.splice(this.claimed.indexOf(holder), 1);
    const { ledger } = this.parts;
    if (next === 'send' && (await ledger.send(holder.operation, { read: true }))) this.#executes(holder);
    if (next === 'already-so') await ledger.alreadySo(holder.operation, CREATED);
    if (next === 'give-up') await ledger.release(holder.operation);
  }

  async #report(what: (typeof REPORTS)[number], index: number): Promise<void> {
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
    // A release states that the upstream received nothing, so its holder reports nothing else.
    if (what !== 'release') return;
    this.holders.splice(this.holders.indexOf(holder), 1);
    if (result === 'recorded') this.#allow(key, 1);
  }

  /** As after a failover to a standby without the row: until its holder reports, the key may run again. */
  async #loseRow(index: number): Promise<void> {
    const holder = this.holders[index % Math.max(this.holders.length, 1)];
    const row = holder && (await this.parts.store.find(holder.operation.id));
    if (!row || row.claim !== holder.operation.claim || row.state !== 'sent') return;
    await this.parts.database.run((db) => db.deleteFrom('operations').where('id', '=', row.id).execute());
    this.hasLost = true;
    this.#allow(holder.key, 1);
  }

  async #decide(target: number, decision: Decision): Promise<void> {
    const { items } = await this.parts.queries.list({ tenant: 'demo', limit: 100 });
    const operation = items[target % Math.max(items.length, 1)];
    if (!operation) return;
    const before = operation.state;
    const { kind } = await this.parts.decisions.decide({
      tenant: 'demo',
      id: operation.id,
      decision,
      basis: 'person',
      by: 'ann',
      reason: 'checked',
    });
    if ((kind === 'decided') !== (before === 'unknown')) throw new Error(`${before} was ${kind}`);
    if (kind === 'decided' && decision === 'not_executed') this.#allow(operation.idempotencyKey ?? '', 1);
  }

  /** At most one execution per key, unless it was released or a person decided not_executed. */
  #allow(key: string, change: number): void {
    const left = (this.allowed.get(key) ?? 1) + change;
    if (left < 0) throw new Error(`key ${key} was executed twice`);
    this.allowed.set(key, left);
  }

  async check(): Promise<void> {
    const rows = await this.parts.database.run((db) => db.selectFrom('operations').selectAll().execute());
    for (const { id, state, outcome, resolved_as: as, awaits, contradicted_at } of rows) {
      const known = this.finals.get(id);
      if (known !== undefined && known !== state) throw new Error(`final ${known} became ${state}`);
      if (state === 'succeeded' || state === 'failed') this.finals.set(id, state);
      if (as && state !== (as === 'executed' ? 'succeeded' : 'failed'))
        throw new Error(`decided ${as}, but ${state}`);
      if (as === 'not_executed' && outcome !== 'not_executed') throw new Error('a decision was lost');
      if ((awaits !== null) !== (state === 'unknown')) throw new Error(`${state} awaits ${awaits}`);
      if (contradicted_at && !as && !this.hasLost) throw new Error('nothing was there to be contradicted');
    }
    const keys = rows.flatMap((row) => (row.key_in_force ? [row.idempotency_key ?? ''] : []));
    if (new Set(keys).size < keys.length) throw new Error('a key leads to two operations');
    const exclusiveKeys = rows.flatMap(({ exclusive_key: exclusiveKey, state }) =>
      exclusiveKey !== null && (UNFINISHED_STATES as readonly string[]).includes(state) ? [exclusiveKey] : [],
    );
    if (new Set(exclusiveKeys).size < exclusiveKeys.length)
      throw new Error('two operations with one exclusive key are unfinished');
    const there = new Set(rows.map(({ id }) => id));
    for (const id of this.finals.keys())
      if (!there.has(id)) throw new Error('a final operation has vanished');
  }

  /** Every operation that ran and whose holder is alive is in the ledger once it has reported. */
  async settle(): Promise<void> {
    for (const { operation } of this.holders) await this.parts.ledger.unknown(operation);
    const rows = await this.parts.database.run((db) => db.selectFrom('operations').select('id').execute());
    const there = new Set(rows.map(({ id }) => id));
    for (const { operation } of this.holders)
      if (!there.has(operation.id)) throw new Error(`operation ${operation.id} ran and is not in the ledger`);
    await this.check();
  }
}

/** Random histories of a few keys, checked against the invariants of the ledger. */
export function describeHistories(open: () => Database, runs: number): void {
  it(`keeps its invariants in ${runs} random histories of repeats, crashes, lost rows, late responses and decisions`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 5, maxLength: 30 }), async (steps) => {
        const world = new World(new LedgerParts(open()));
        await world.parts.clear();
        for (const step of steps) {
          await world.happens(step);
          await world.check();
        }
        await world.settle();
      }),
      { numRuns: runs, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    );
  });
}
