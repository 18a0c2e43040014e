import {
  NoTrustworthyAnswerError,
  RejectedError,
  VoucherUnavailableError,
} from '../transport/upstream.errors.js';
import type { SpidCall, SpidChannel } from './spid.channel.js';
import type {
  DrawnVoucher,
  Entitlement,
  EntitlementFilter,
  NewVoucherGroup,
  ProductAccess,
  Subscription,
  Voucher,
  VoucherGroup,
  VoucherGroupChange,
  VoucherGroupSearch,
} from './spid.nouns.js';
import * as request from './spid.request.js';
import { api } from './spid.request.js';
import * as wire from './spid.wire.js';

/**
 * SPiD as one tenant sees it: one method per vendor call (SPiD B0). Every method throws an UpstreamError. Nothing is
 * idempotent at the vendor (SPiD F17), so only the reads are repeated.
 */
export class SpidClient {
  constructor(
    private readonly channel: SpidChannel,
    /** IANA zone of the vendor's zoneless times. */
    private readonly zone: string,
    /** Names the account at the vendor, from `spidAccount`. */
    readonly account: string,
  ) {}

  /** `merchant` is needed for a product alias (SPiD B1). */
  async getProductAccess(
    userId: string,
    productId: string,
    { merchant }: { merchant: boolean },
  ): Promise<ProductAccess> {
    const filters = request.query({ filters: merchant ? 'merchant' : undefined });
    return this.#get('product_get', api`/user/${userId}/product/${productId}` + filters, {
      read: (data) => wire.readProductAccess(data, this.zone, productId),
      whenNoAccess: wire.noAccess(productId),
    });
  }

  /** Without a filter the vendor lists what is active. */
  async listEntitlements(userId: string, filters: readonly EntitlementFilter[]): Promise<Entitlement[]> {
    const chosen = request.query({ filters: filters.length === 0 ? undefined : filters.join(',') });
    return this.#get('products_list', api`/user/${userId}/products` + chosen, {
      read: (data) => wire.readEntitlements(data, this.zone),
    });
  }

  async listSubscriptions(userId: string): Promise<Subscription[]> {
    return this.#get('subscriptions_list', api`/user/${userId}/subscriptions`, {
      read: (data) => wire.readSubscriptions(data, this.zone),
    });
  }

  async grantProduct(userId: string, productId: string): Promise<ProductAccess> {
    const operation = 'product_grant';
    return this.channel.send({
      operation,
      method: 'POST',
      path: api`/user/${userId}/product/${productId}`,
      form: '',
      read: (data) => {
        const access = wire.readProductAccess(data, this.zone, productId);
        if (!access.granted) throw new RejectedError([], detailsOf(operation, 'granted with result false'));
        return access;
      },
    });
  }

  async revokeProduct(userId: string, productId: string): Promise<void> {
    const operation = 'product_revoke';
    return this.channel.send({
      operation,
      method: 'DELETE',
      path: api`/user/${userId}/product/${productId}`,
      read: (data) => {
        if (!wire.readRevoked(data)) throw new RejectedError([], detailsOf(operation, 'success false'));
      },
    });
  }

  /** The vendor does not tell which code it handed out (SPiD B7). */
  async handOutVoucher(userId: string, voucherGroupId: string): Promise<void> {
    const operation = 'voucher_handout';
    return this.#post(operation, api`/voucher_handout`, request.form({ userId, voucherGroupId }), (data) => {
      if (!wire.readSuccess(data)) throw new VoucherUnavailableError(detailsOf(operation, 'success false'));
    });
  }

  async listVoucherGroups(search: VoucherGroupSearch): Promise<VoucherGroup[]> {
    return this.#get('voucher_groups_list', api`/vouchers/groups` + request.voucherGroupQuery(search), {
      read: (data) => wire.readVoucherGroups(data, this.zone),
    });
  }

  /** The only call that counts the vouchers of a group (SPiD B10). */
  async getVoucherGroup(id: string): Promise<VoucherGroup> {
    return this.#get('voucher_group_get', api`/vouchers/group/${id}`, {
      read: (data) => wire.readVoucherGroup(data, this.zone),
    });
  }

  async createVoucherGroup(group: NewVoucherGroup): Promise<VoucherGroup> {
    const form = request.newVoucherGroupForm(group);
    return this.#post('voucher_group_create', api`/vouchers/group`, form, (data) =>
      wire.readVoucherGroup(data, this.zone),
    );
  }

  async updateVoucherGroup(id: string, change: VoucherGroupChange): Promise<VoucherGroup> {
    const form = request.voucherGroupChangeForm(change);
    return this.#post('voucher_group_update', api`/vouchers/group/${id}`, form, (data) =>
      wire.readVoucherGroup(data, this.zone),
    );
  }

  /** Why it failed, and after how many vouchers, the vendor does not say: such a failure leaves the outcome open. */
  async generateVouchers(id: string, amount: number): Promise<void> {
    const operation = 'vouchers_generate';
    return this.#post(operation, api`/vouchers/generate/${id}`, request.form({ amount }), (data) => {
      if (!wire.readSuccess(data)) throw leftOpen(operation, 'success false');
    });
  }

  /** Marks the codes as handed out and tells them, once only (SPiD F16). May answer fewer than asked, never none. */
  async drawVouchers(id: string, amount: number): Promise<DrawnVoucher[]> {
    const operation = 'vouchers_handout';
    return this.#post(operation, api`/vouchers/handout/${id}`, request.form({ amount }), (data) => {
      const drawn = wire.readDrawnVouchers(data, this.zone, id);
      if (drawn.length === 0) throw new VoucherUnavailableError(detailsOf(operation, 'no vouchers'));
      return drawn;
    });
  }

  async getVoucher(code: string): Promise<Voucher> {
    return this.#get('voucher_get', api`/voucher/${code}`, {
      read: (data) => wire.readVoucher(data, this.zone),
    });
  }

  async listTokenNames(): Promise<string[]> {
    return this.#get('injectable_names', api`/injectable/names`, { read: wire.readTokenNames });
  }

  /** What a success looks like is documented nowhere (SPiD B15); only an explicit failure is one. */
  async importTokens(tokenName: string, tokens: readonly (string | number)[]): Promise<void> {
    const operation = 'injectable_import';
    const form = request.tokenImportForm(tokenName, tokens);
    return this.#post(operation, api`/injectable/import`, form, (data) => {
      if (wire.saysFailure(data)) throw leftOpen(operation, 'success false');
    });
  }

  /** Resolves once none of its calls is under way. */
  idle(): Promise<void> {
    return this.channel.idle();
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  #get<T>(operation: string, path: string, reading: Pick<SpidCall<T>, 'read' | 'whenNoAccess'>): Promise<T> {
    return this.channel.send({ operation, method: 'GET', path, ...reading });
  }

  #post<T>(operation: string, path: string, form: string, read: (data: unknown) => T): Promise<T> {
    return this.channel.send({ operation, method: 'POST', path, form, read });
  }
}

function detailsOf(operation: string, reason: string) {
  return { upstream: 'spid' as const, operation, reason };
}

function leftOpen(operation: string, reason: string): NoTrustworthyAnswerError {
  return new NoTrustworthyAnswerError('ambiguous', detailsOf(operation, reason));
}
