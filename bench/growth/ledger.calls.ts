import { randomUUID } from 'node:crypto';
import type { BenchWorld } from '../support/bench.world.js';
import { type Call, send } from '../support/load.js';
import { SHOP } from './list.calls.js';

/** So many that two writes at a time rarely concern one thing, which is a conflict. */
const USERS = 300;
const PRODUCTS = ['1337', '301694', '10111', '10117'] as const;

const VOUCHERS = 100_000;

/** Writes of one caller. */
export class LedgerCalls {
  private constructor(
    private readonly userIds: readonly string[],
    private readonly voucherGroupId: string,
  ) {}

  /** With users and vouchers of the vendor. */
  static async prepare({ simulators }: BenchWorld): Promise<LedgerCalls> {
    const userIds: string[] = [];
    while (userIds.length < USERS) userIds.push((await simulators.newUser()).userId);
    const group = await simulators.spid('POST', '/vouchers/group', {
      title: 'growth',
      type: '8',
      unique: '1',
    });
    const groupId = String(group?.['voucherGroupId']);
    await simulators.spid('POST', `/vouchers/generate/${groupId}`, { amount: String(VOUCHERS) });
    return new LedgerCalls(userIds, groupId);
  }

  handout(url: string): Call {
    return {
      url: `${url}/v1/voucher-handouts`,
      caller: SHOP.name,
      method: 'POST',
      headers: { 'idempotency-key': randomUUID() },
      body: { userId: any(this.userIds), voucherGroupId: this.voucherGroupId },
    };
  }

  grant(url: string): Call {
    const path = `/v1/users/${any(this.userIds)}/entitlements/${any(PRODUCTS)}`;
    return { url: `${url}${path}`, caller: SHOP.name, method: 'PUT' };
  }
}

/** Milliseconds. @throws Error with any other status */
export async function right(call: Call, ...statuses: readonly number[]): Promise<number> {
  const response = await send(call);
  if (statuses.includes(response.status)) return response.ms;
  throw new Error(`${call.method ?? 'GET'} ${call.url}: ${response.status} ${response.problem ?? ''}`);
}

const any = (values: readonly string[]): string => values[Math.floor(Math.random() * values.length)] ?? '';
