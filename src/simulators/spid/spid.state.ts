import { randomInt } from 'node:crypto';
import type { EffectLog } from '../simulator.js';
import type { SpidQuirks } from './spid.quirks.js';
import type { Content, Product, Subscription, User, Voucher, VoucherGroup } from './spid.records.js';
import type { SpidClock } from './spid.clock.js';

/** The client's voucher prefix: codes look like `64-HB2I-OPBL` (SPiD B14). */
const codePrefix = '64';
const codeAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export interface KeptSpidState {
  readonly lastId: number;
  readonly users: readonly User[];
  readonly contents: readonly Content[];
  readonly subscriptions: readonly Subscription[];
  readonly groups: readonly VoucherGroup[];
  readonly tokenNames: readonly string[];
}

/** The state of the simulated vendor. Each change is synchronous, so no call sees a part of one. */
export class SpidState {
  readonly products = new Map<string, Product>();
  readonly groups = new Map<string, VoucherGroup>();
  readonly vouchers = new Map<string, Voucher>();
  readonly tokenNames = new Set<string>();
  readonly #users = new Map<string, User>();
  readonly #contents = new Map<string, Map<string, Content>>();
  readonly #subscriptions: Subscription[] = [];
  #lastId = 557_915;

  constructor(
    readonly now: SpidClock,
    readonly effects: EffectLog,
    readonly quirks: SpidQuirks,
  ) {}

  /** What is kept from start to start: everything but the products, which nothing changes. */
  get kept(): KeptSpidState {
    return {
      lastId: this.#lastId,
      users: [...new Set(this.#users.values())],
      contents: [...this.#contents.values()].flatMap((contents) => [...contents.values()]),
      subscriptions: this.#subscriptions,
      groups: [...this.groups.values()],
      tokenNames: [...this.tokenNames],
    };
  }

  static restored(kept: KeptSpidState, ...parts: ConstructorParameters<typeof SpidState>): SpidState {
    const state = new SpidState(...parts);
    state.startIdsAfter(kept.lastId);
    for (const user of kept.users) state.addUser(user);
    for (const content of kept.contents) state.#contents.get(content.userId)?.set(content.productId, content);
    state.#subscriptions.push(...kept.subscriptions);
    for (const group of kept.groups) state.groups.set(group.id, group);
    for (const voucher of kept.groups.flatMap(({ vouchers }) => vouchers)) {
      state.vouchers.set(voucher.code, voucher);
    }
    for (const name of kept.tokenNames) state.tokenNames.add(name);
    return state;
  }

  startIdsAfter(id: number): void {
    this.#lastId = id;
  }

  nextId(): string {
    this.#lastId += 1;
    return String(this.#lastId);
  }

  addUser(user: User): void {
    this.#users.set(user.id, user);
    this.#users.set(user.uuid, user);
    this.#contents.set(user.id, new Map());
  }

  /** By number or UUID, not by the deprecated 24-digit hex id (SPiD A8). */
  findUser(id: string): User | undefined {
    return this.#users.get(id.toLowerCase());
  }

  contentsOf(user: User): Map<string, Content> {
    return this.#contents.get(user.id) ?? new Map<string, Content>();
  }

  addSubscription(subscription: Subscription): void {
    this.#subscriptions.push(subscription);
  }

  subscriptionsOf(user: User): Subscription[] {
    return this.#subscriptions.filter(({ userId }) => userId === user.id);
  }

  /** Adds free vouchers to a group. A shared group has one, with the `code` of its owner if given. */
  addVouchers(group: VoucherGroup, amount: number, code?: string): void {
    for (let made = 0; made < amount; made += 1) {
      const voucher: Voucher = {
        id: this.nextId(),
        groupId: group.id,
        code: code ?? this.#newCode(),
        type: group.type,
        createdAt: this.now(),
        userId: null,
        handedOutAt: null,
      };
      group.vouchers.push(voucher);
      this.vouchers.set(voucher.code, voucher);
    }
  }

  /** Hands out the next free vouchers. The caller has checked that there are enough. */
  handOut(group: VoucherGroup, amount: number, userId: string | null): Voucher[] {
    const taken = group.vouchers.slice(group.handedOut, group.handedOut + amount);
    group.handedOut += taken.length;
    for (const voucher of taken) {
      voucher.userId = userId;
      voucher.handedOutAt = this.now();
    }
    return taken;
  }

  #newCode(): string {
    for (;;) {
      const code = `${codePrefix}-${randomText(4)}-${randomText(4)}`;
      if (!this.vouchers.has(code)) return code;
    }
  }
}

export function availableIn(group: VoucherGroup): number {
  return group.vouchers.length - group.handedOut;
}

function randomText(length: number): string {
  return Array.from({ length }, () => codeAlphabet[randomInt(codeAlphabet.length)]).join('');
}
