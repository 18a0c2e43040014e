import { randomUUID } from 'node:crypto';
import type { Simulators } from '../../test/chaos/processes/simulator.process.js';
import { type Call, type Response, send } from '../support/load.js';

export const SOAK_CALLER = 'soak';

/** Fixed numbers of things, so that what the gateway remembers of each is full before memory is compared. */
const USERS = 200;
const GROUPS = 100;
const PRODUCTS = ['1337', '301694', '10111', '10117'] as const;

/** Of one group, which the vendor generates at once. */
const VOUCHERS = 100_000;

/** A request with the statuses that are right for it. */
interface SoakCall extends Call {
  readonly right: readonly number[];
}

export interface WrongResponse extends Response {
  readonly url: string;
}

interface Share {
  /** Of a thousand requests. */
  readonly perMille: number;
  readonly call: () => SoakCall;
}

/** What callers send, in the shares of a busy day: mostly checks, some writes, some requests that are refused. */
export class SoakLoad {
  readonly #shares: readonly Share[];
  readonly #sum: number;

  private constructor(
    private readonly url: string,
    private readonly users: readonly string[],
    private readonly groupId: string,
  ) {
    this.#shares = this.#all();
    this.#sum = this.#shares.reduce((sum, { perMille }) => sum + perMille, 0);
  }

  static async prepare(url: string, simulators: Simulators): Promise<SoakLoad> {
    const users: string[] = [];
    while (users.length < USERS) users.push((await simulators.newUser()).userId);
    const groupIds: string[] = [];
    while (groupIds.length < GROUPS) {
      const title = `soak ${groupIds.length}`;
      const group = await simulators.spid('POST', '/vouchers/group', { title, type: '8', unique: '1' });
      groupIds.push(String(group?.['voucherGroupId']));
    }
    const [groupId = ''] = groupIds;
    await simulators.spid('POST', `/vouchers/generate/${groupId}`, { amount: String(VOUCHERS) });
    return new SoakLoad(url, users, groupId);
  }

  /** Sends any one of them; undefined when its response is right. */
  async one(): Promise<WrongResponse | undefined> {
    const { right, ...call } = this.#any();
    const response = await send(call);
    return right.includes(response.status) ? undefined : { ...response, url: call.url };
  }

  #any(): SoakCall {
    let at = Math.random() * this.#sum;
    const share = this.#shares.find(({ perMille }) => (at -= perMille) < 0);
    if (!share) throw new Error('the shares do not add up');
    return share.call();
  }

  #all(): Share[] {
    const path = () => `/v1/users/${any(this.users)}/entitlements/${any(PRODUCTS)}`;
    const share = (perMille: number, call: () => SoakCall): Share => ({ perMille, call });
    return [
      share(400, () => this.#read(path())),
      share(150, () => ({ ...this.#read(path()), headers: { 'cache-control': 'max-age=30' } })),
      share(100, () => this.#read(`/v1/users/${any(this.users)}/entitlements`)),
      share(50, () => this.#read(`/v1/users/${any(this.users)}/subscriptions`)),
      share(20, () => this.#read('/v1/voucher-groups?limit=100')),
      share(20, () => this.#read('/v1/operations?limit=100')),
      share(20, () => this.#read(`/v1/operations?userId=${any(this.users)}`)),
      // Import2 takes ten requests a second, so a busy vendor is a right response.
      share(2, () => ({ ...this.#read('/v1/migration-tools'), right: [200, 503] })),
      // Two writes on one thing at a time are a conflict.
      share(70, () => this.#call('PUT', path(), { right: [200, 409] })),
      share(40, () => this.#call('DELETE', path(), { right: [200, 409] })),
      share(80, () => this.#handout()),
      share(20, () => this.#read(`/v1/users/0/entitlements/1337`, [404])),
      share(10, () => this.#call('POST', '/v1/voucher-handouts', { right: [400], body: { userId: 7 } })),
      share(10, () => ({ ...this.#read('/v1/operations?limit=1000', [400]) })),
      // Too many attempts with a wrong key are limited by address.
      share(8, () => ({ ...this.#read(path(), [401, 429]), caller: randomUUID() })),
    ];
  }

  #handout(): SoakCall {
    return this.#call('POST', '/v1/voucher-handouts', {
      right: [201],
      headers: { 'idempotency-key': randomUUID() },
      body: { userId: any(this.users), voucherGroupId: this.groupId },
    });
  }

  #read(path: string, right: readonly number[] = [200]): SoakCall {
    return this.#call('GET', path, { right });
  }

  #call(
    method: NonNullable<Call['method']>,
    path: string,
    more: Pick<SoakCall, 'right' | 'headers' | 'body'>,
  ): SoakCall {
    return { method, url: `${this.url}${path}`, caller: SOAK_CALLER, ...more };
  }
}

function any(values: readonly string[]): string {
  return values[Math.floor(Math.random() * values.length)] ?? '';
}
