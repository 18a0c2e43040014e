import {
  NoTrustworthyResponseError,
  RejectedError,
  type UpstreamError,
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
} from './spid.types.js';
import * as request from './spid.request.js';
import { api } from './spid.request.js';
import * as payload from './response/spid.payload.js';

/** Calls that writes begin with. */
const FIRST_CALLS = {
  getProductAccess: { operation: 'product_get', safe: true },
  grantProduct: { operation: 'product_grant', safe: false },
  revokeProduct: { operation: 'product_revoke', safe: false },
  getVoucherGroup: { operation: 'voucher_group_get', safe: true },
  createVoucherGroup: { operation: 'voucher_group_create', safe: false },
  updateVoucherGroup: { operation: 'voucher_group_update', safe: false },
  generateVouchers: { operation: 'vouchers_generate', safe: false },
  drawVouchers: { operation: 'vouchers_handout', safe: false },
  handOutVoucher: { operation: 'voucher_handout', safe: false },
  importTokens: { operation: 'injectable_import', safe: false },
} as const;

/**
 * The SPiD API with the credentials of one tenant, one method per endpoint (SPiD B0). Every method throws an
 * UpstreamError. No write is idempotent at the vendor (SPiD F17), so only reads are retried.
 */
export class SpidClient {
  constructor(
    private readonly channel: SpidChannel,
    /** IANA zone of the vendor's times, which carry none. */
    private readonly zone: string,
    /** Name of the account at the vendor, from `spidAccount`. */
    readonly account: string,
  ) {}

  /** A product alias requires `merchant` (SPiD B1). Not `async`: the most frequent call by far, and each promise that only passes on costs. */
  getProductAccess(
    userId: string,
    productId: string,
    { merchant }: { merchant: boolean },
  ): Promise<ProductAccess> {
    const filters = request.query({ filters: merchant ? 'merchant' : undefined });
    return this.#get('product_get', api`/user/${userId}/product/${productId}` + filters, {
      read: (data) => payload.readProductAccess(data, this.zone, productId),
      whenNoAccess: payload.noAccess(productId),
    });
  }

  /** Without a filter the vendor lists active content (SPiD B4). */
  async listEntitlements(userId: string, filters: readonly EntitlementFilter[]): Promise<Entitlement[]> {
    const chosen = request.query({ filters: filters.length === 0 ? undefined : filters.join(',') });
    return this.#get('products_list', api`/user/${userId}/products` + chosen, {
      read: (data) => payload.readEntitlements(data, this.zone),
    });
  }

  async listSubscriptions(userId: string): Promise<Subscription[]> {
    return this.#get('subscriptions_list', api`/user/${userId}/subscriptions`, {
      read: (data) => payload.readSubscriptions(data, this.zone),
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
        const access = payload.readProductAccess(data, this.zone, productId);
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
        if (!payload.readRevoked(data)) throw new RejectedError([], detailsOf(operation, 'success false'));
      },
    });
  }

  /** The vendor does not return the code that it handed out (SPiD B7). */
  async handOutVoucher(userId: string, voucherGroupId: string): Promise<void> {
    const operation = 'voucher_handout';
    return this.#post(operation, api`/voucher_handout`, request.form({ userId, voucherGroupId }), (data) => {
      if (!payload.readSuccess(data))
        throw new VoucherUnavailableError(detailsOf(operation, 'success false'));
    });
  }

  async listVoucherGroups(search: VoucherGroupSearch): Promise<VoucherGroup[]> {
    return this.#get('voucher_groups_list', api`/vouchers/groups` + request.voucherGroupQuery(search), {
      read: (data) => payload.readVoucherGroups(data, this.zone),
    });
  }

  /** The only call that returns the number of vouchers of a group (SPiD B10). */
  async getVoucherGroup(id: string): Promise<VoucherGroup> {
    return this.#get('voucher_group_get', api`/vouchers/group/${id}`, {
      read: (data) => payload.readVoucherGroup(data, this.zone),
    });
  }

  async createVoucherGroup(group: NewVoucherGroup): Promise<VoucherGroup> {
    const form = request.newVoucherGroupForm(group);
    return this.#post('voucher_group_create', api`/vouchers/group`, form, (data) =>
      payload.readVoucherGroup(data, this.zone),
    );
  }

  async updateVoucherGroup(id: string, change: VoucherGroupChange): Promise<VoucherGroup> {
    const form = request.voucherGroupChangeForm(change);
    return this.#post('voucher_group_update', api`/vouchers/group/${id}`, form, (data) =>
      payload.readVoucherGroup(data, this.zone),
    );
  }

  /** The vendor reports neither the cause of a failure nor how many vouchers it made: the outcome is then unknown. */
  async generateVouchers(id: string, amount: number): Promise<void> {
    const operation = 'vouchers_generate';
    return this.#post(operation, api`/vouchers/generate/${id}`, request.form({ amount }), (data) => {
      if (!payload.readSuccess(data)) throw ambiguous(operation, 'success false');
    });
  }

  /** Marks codes as handed out and returns them, only this once (SPiD F16). May return fewer than `amount`, never none. */
  async drawVouchers(id: string, amount: number): Promise<DrawnVoucher[]> {
    const operation = 'vouchers_handout';
    return this.#post(operation, api`/vouchers/handout/${id}`, request.form({ amount }), (data) => {
      const drawn = payload.readDrawnVouchers(data, this.zone, id);
      if (drawn.length === 0) throw new VoucherUnavailableError(detailsOf(operation, 'no vouchers'));
      return drawn;
    });
  }

  async getVoucher(code: string): Promise<Voucher> {
    return this.#get('voucher_get', api`/voucher/${code}`, {
      read: (data) => payload.readVoucher(data, this.zone),
    });
  }

  async listTokenNames(): Promise<string[]> {
    return this.#get('injectable_names', api`/injectable/names`, { read: payload.readTokenNames });
  }

  /** The response is not documented (SPiD B15): only an explicit failure counts as one. */
  async importTokens(tokenName: string, tokens: readonly (string | number)[]): Promise<void> {
    const operation = 'injectable_import';
    const form = request.tokenImportForm(tokenName, tokens);
    return this.#post(operation, api`/injectable/import`, form, (data) => {
      if (payload.isFailure(data)) throw ambiguous(operation, 'success false');
    });
  }

  /** What the budget would refuse this call with now; undefined where it may be sent. */
  refusalOf(call: keyof typeof FIRST_CALLS): UpstreamError | undefined {
    return this.channel.refusal(FIRST_CALLS[call]);
  }

  /** Fetches a token unless there is a usable one. @throws MisconfiguredError when the vendor refuses the credentials */
  checkCredentials(): Promise<void> {
    return this.channel.checkCredentials();
  }

  /** Resolves when no call is in flight. */
  idle(): Promise<void> {
    return this.channel.idle();
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  #get<T>(operation: string, path: string, reader: Pick<SpidCall<T>, 'read' | 'whenNoAccess'>): Promise<T> {
    return this.channel.send({ operation, method: 'GET', path, ...reader });
  }

  #post<T>(operation: string, path: string, form: string, read: (data: unknown) => T): Promise<T> {
    return this.channel.send({ operation, method: 'POST', path, form, read });
  }
}

function detailsOf(operation: string, reason: string) {
  return { upstream: 'spid' as const, operation, reason };
}

function ambiguous(operation: string, reason: string): NoTrustworthyResponseError {
  return new NoTrustworthyResponseError('ambiguous', detailsOf(operation, reason));
}
