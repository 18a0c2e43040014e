import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.js';
import type { HeldPacket } from './processes/database.line.js';
import type { Gateway } from './processes/chaos.gateway.js';
import { LEASE_MS } from './processes/gateway.settings.js';
import { type LedgerRow, rowOf } from './checks/ledger.row.js';
import type { Person } from './person.js';
import type { PlannedWrite } from './plan/planned.write.js';
import { heldCallOf, type Moment, nameOf, shiftOf, type Trap } from './trap.js';
import { until } from '../support/until.js';
import type { World } from './processes/world.js';

/** A trap that has snapped, or whose write never came there. */
export interface SprungTrap {
  readonly write: string;
  readonly trap: string;
  readonly sprung: boolean;
  /** What should have followed and did not. */
  readonly broken: readonly string[];
}

/** The upstream holds a call so long while the trap is set: below the time that a gateway gives it. */
const HELD_MS = 400;

/** A row turns unknown, or is released, within a lease, a sweep and the work of a busy machine. */
const LEASE_END_MS_MAX = 3 * LEASE_MS;

/** A statement that timed out (6 s) is repeated by the queue of late records; a renewed pool and a busy machine on top. */
const REPEATED_MS_MAX = 120_000;

interface Caught {
  readonly write: PlannedWrite;
  readonly requestId: string;
  readonly gateway: Gateway;
}

/** Sets the traps of a schedule's writes. */
export class Traps {
  readonly sprung: SprungTrap[] = [];

  constructor(
    private readonly world: World,
    private readonly client: Client,
    private readonly person: Person,
  ) {}

  /** Before `set` and the first request. */
  async prepare(write: PlannedWrite, trap: Trap): Promise<void> {
    const held = heldCallOf(trap);
    if (!held) return;
    const fault = { operation: operationOf(write, held), kind: 'latency', ms: HELD_MS };
    await this.world.simulators.fault(write.upstream, {
      ...fault,
      requestId: this.client.nextRequestId(write),
    });
  }

  /** Just before the first request of the write, which the gateway in this place will get. Ends when it is over. */
  async set(write: PlannedWrite, trap: Trap, slot: number): Promise<void> {
    const gateway = this.world.fleet.at(slot);
    const caught = { write, requestId: this.client.nextRequestId(write), gateway };
    const broken: string[] = [];
    const sprung = await this.#snap(caught, trap, broken).then(
      () => true,
      () => false,
    );
    this.sprung.push({ write: write.name, trap: nameOf(trap), sprung, broken });
  }

  async #snap(caught: Caught, trap: Trap, broken: string[]): Promise<void> {
    switch (trap.kind) {
      case 'freeze':
        return this.#freeze(caught, trap);
      case 'kill':
        return this.#kill(caught, trap.at);
      case 'late-packet':
        if (trap.of === 'record') return this.#lateRecord(caught, trap.ms, broken);
        return trap.of === 'claim' ? this.#lateClaim(caught, trap.ms) : this.#lateSend(caught, trap.ms);
      case 'lose-row':
        return this.#loseRow(caught, trap.at, broken);
      default:
        return trap satisfies never;
    }
  }

  async #freeze(
    caught: Caught,
    { at, ms, clocks, decided }: Extract<Trap, { kind: 'freeze' }>,
  ): Promise<void> {
    const goOn = await this.#reach(caught, at);
    const startedAt = performance.now();
    const thaw = caught.gateway.freeze();
    try {
      await goOn();
      // At the call, the vendor executes it meanwhile: a decision that it did not is wrong.
      if (decided) await this.#decideNotExecuted(caught, { wrong: at === 'call' }).catch(() => undefined);
      await sleep(Math.max(0, ms - (performance.now() - startedAt)));
    } finally {
      thaw(shiftOf(clocks, performance.now() - startedAt));
    }
  }

  async #kill(caught: Caught, at: Moment): Promise<void> {
    const goOn = await this.#reach(caught, at);
    this.world.fleet.end(caught.gateway, 'SIGKILL');
    await goOn();
  }

  async #lateClaim({ gateway, requestId }: Caught, ms: number): Promise<void> {
    const packet = gateway.line.hold(claimOf(requestId));
    await this.#late(packet, ms);
  }

  /** The statement that lets a prepared operation be sent names it by its id, which is known while the read is held. */
  async #lateSend(caught: Caught, ms: number): Promise<void> {
    await this.#held(caught, 'snapshot');
    const { id } = await this.#row(caught);
    await this.#late(caught.gateway.line.hold(id), ms);
  }

  async #lateRecord(caught: Caught, ms: number, broken: string[]): Promise<void> {
    await this.#held(caught, 'call');
    const { id } = await this.#row(caught);
    const packet = caught.gateway.line.hold(id);
    try {
      await within(HELD_MS + LEASE_END_MS_MAX, packet.arrived);
      const decided = await this.#decideNotExecuted(caught, { wrong: true });
      // Refused by the vendor, it was decided well.
      if (!decided || !(await this.#isExecuted(caught))) return await sleep(ms);
    } finally {
      packet.release();
    }
    const isVisible = async () => (await rowOf(this.world.postgres, caught.requestId))?.contradicted === true;
    const visible = await until('the contradiction is visible', isVisible, REPEATED_MS_MAX).then(
      () => true,
      () => false,
    );
    // A process that was killed meanwhile can log nothing any more.
    if (caught.gateway.hasEnded) return;
    const what = `operation ${id}: a late response after a decision for not_executed`;
    if (!visible) broken.push(`${what} shows nowhere`);
    if (!(await hasBeenLogged(caught.gateway, id))) broken.push(`${what} has no error line`);
  }

  /** As a failover to a standby that has not got the row. */
  async #loseRow(caught: Caught, at: 'snapshot' | 'call', broken: string[]): Promise<void> {
    await this.#held(caught, at);
    const { postgres } = this.world;
    const deleted = await postgres.query<{ id: string; row: Record<string, unknown> }>(
      `delete from operations where request_id = $1 and state in ('claimed', 'sent') returning id, to_jsonb(operations) as row`,
      [caught.requestId],
    );
    const [lost] = deleted;
    if (!lost) throw new Error('there is no row to lose');
    if (at === 'snapshot') return;
    const isBack = async () => (await rowOf(postgres, caught.requestId)) !== undefined;
    await until('the row is there again', isBack, REPEATED_MS_MAX).catch(() => {
      broken.push(`operation ${lost.id}: a lost row is not inserted again`);
    });
    broken.push(...(await this.#changesOf(lost)));
    if (!(await hasBeenLogged(caught.gateway, lost.id))) {
      broken.push(`operation ${lost.id}: no error line about a lost row`);
    }
  }

  /** What of a row is not as it was when it was lost, of all that the claim had written. */
  async #changesOf({
    id,
    row,
  }: {
    readonly id: string;
    readonly row: Record<string, unknown>;
  }): Promise<string[]> {
    const [now] = await this.world.postgres.query<{ row: Record<string, unknown> }>(
      'select to_jsonb(operations) as row from operations where id = $1',
      [id],
    );
    if (!now) return [];
    return CLAIMED_COLUMNS.filter((name) => JSON.stringify(now.row[name]) !== JSON.stringify(row[name])).map(
      (name) => `operation ${id}: ${name} of a lost row is not inserted again`,
    );
  }

  /** Waits until the write is at this moment. What is returned lets the world around the process go on. */
  async #reach(caught: Caught, at: Moment): Promise<() => Promise<void>> {
    if (at !== 'claim') {
      await this.#held(caught, at);
      return () => Promise.resolve();
    }
    const packet = caught.gateway.line.hold(claimOf(caught.requestId));
    await within(LEASE_END_MS_MAX, packet.arrived).catch((error: unknown) => {
      packet.release();
      throw error;
    });
    return () => {
      packet.release();
      return Promise.resolve();
    };
  }

  /** Waits until the upstream holds this write's read or call back. */
  #held({ write, requestId }: Caught, at: 'snapshot' | 'call'): Promise<void> {
    return this.world.simulators.taken(write.upstream, operationOf(write, at), requestId);
  }

  #isExecuted({ write, requestId }: Caught): Promise<boolean> {
    return this.world.simulators.hasEffect(write.upstream, requestId);
  }

  async #row({ requestId }: Caught): Promise<LedgerRow> {
    const row = await rowOf(this.world.postgres, requestId);
    if (!row) throw new Error('there is no row');
    return row;
  }

  async #late(packet: HeldPacket, ms: number): Promise<void> {
    try {
      await within(LEASE_END_MS_MAX, packet.arrived);
      await sleep(ms);
    } finally {
      packet.release();
    }
  }

  /** As soon as its outcome is unknown. Returns whether it was decided so. */
  async #decideNotExecuted(
    { requestId, gateway }: Caught,
    { wrong }: { readonly wrong: boolean },
  ): Promise<boolean> {
    let row: LedgerRow | undefined;
    await until(
      'the outcome is unknown',
      async () => {
        row = await rowOf(this.world.postgres, requestId);
        return row?.state === 'unknown' || row?.state === 'released';
      },
      LEASE_END_MS_MAX,
    );
    const all = await this.world.fleet.all();
    const another = all.find((each) => each !== gateway && !each.hasEnded);
    if (row?.state !== 'unknown' || !another) return false;
    return this.person.decide(row, 'not_executed', { wrong, gateway: another });
  }
}

/** The line follows what the database shows by some milliseconds, or more on a busy machine. */
function hasBeenLogged(gateway: Gateway, id: string): Promise<boolean> {
  return until('it is logged', () => gateway.hasLoggedError(id), REPEATED_MS_MAX).then(
    () => true,
    () => false,
  );
}

function operationOf(write: PlannedWrite, held: 'snapshot' | 'call'): string {
  return held === 'call' ? write.operation : (write.snapshot ?? '');
}

/** What a claim writes, and a record leaves as it is. */
const CLAIMED_COLUMNS = [
  'tenant',
  'caller',
  'kind',
  'idempotency_key',
  'key_in_force',
  'fingerprint',
  'request',
  'user_id',
  'product_id',
  'voucher_group_id',
  'destination_username',
  'request_id',
  'account',
  'exclusive_key',
  'snapshot',
];

/** How the statement of a claim names its request. */
function claimOf(requestId: string): string {
  return `"request_id":"${requestId}"`;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const end = new AbortController();
  const late = sleep(ms, undefined, { signal: end.signal }).then(() => {
    throw new Error(`not within ${ms} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    end.abort();
    late.catch(() => undefined);
  }
}
