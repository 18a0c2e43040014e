import { collection, element, userOf, type Call, type CallResult } from '../spid.call.js';
import { sameMerchant, type Client } from '../spid.client.registry.js';
import { ApiException } from '../spid.errors.js';
import { phpMap } from '../spid.json.js';
import type { Product, Subscription, User } from '../spid.records.js';
import type { SpidState } from '../spid.state.js';
import { spidTime } from '../spid.clock.js';

export const gracePeriodSeconds = '777600';
const monthSeconds = '2592000';

/** GET user/{}/subscriptions (SPiD B5). */
export function listSubscriptions(state: SpidState, call: Call): CallResult {
  const seen = visibleSubscriptions(state, call.client, userOf(state, call));
  return collection(phpMap(seen.map((each) => [each.id, subscriptionFields(state, each)] as const)));
}

/** GET user/{}/subscription/{} (SPiD B6). An unknown one was recorded as 200 with `[]`, contrary to the documentation. */
export function getSubscription(state: SpidState, call: Call): CallResult {
  const seen = visibleSubscriptions(state, call.client, userOf(state, call));
  const found = seen.find(({ id }) => id === call.path['subscription_id']);
  if (found) return element(subscriptionFields(state, found));
  if (state.quirks.values.subscriptionUnknown === '404') throw new ApiException(404, 'No such subscription');
  return collection([]);
}

/** GET product/{} (SPiD B20). */
export function getProduct(state: SpidState, call: Call): CallResult {
  const id = call.path['id'] ?? '';
  if (id === '') throw new ApiException(400, 'Missing required parameter productId');
  const product = state.products.get(id);
  if (!product) throw new ApiException(404, 'Product not found');
  return element({ ...productFields(product), ...furtherFields });
}

/** Subscriptions are limited to the calling client (SPiD B5); both demo clients count as one. */
export function visibleSubscriptions(state: SpidState, client: Client, user: User): Subscription[] {
  return state.subscriptionsOf(user).filter(({ clientId }) => sameMerchant(client, clientId));
}

export function isActive(state: SpidState, { expiresAt }: Subscription): boolean {
  return state.now() < expiresAt;
}

function subscriptionFields(state: SpidState, subscription: Subscription): object {
  const published = publishedFields(state, subscription);
  const documented = {
    ...published,
    originalSubscriptionId: null,
    paymentType: '0',
    stopRenewalAfterLock: '0',
  };
  const change = { autoRenewChangeDate: null, autoRenewChangeBy: null };
  switch (state.quirks.values.subscriptionForm) {
    case 'published':
      return published;
    case 'documented':
      return documented;
    case 'recorded':
      return { ...published, ...change, ...nothingKnown, product: recordedProduct(state, subscription) };
  }
}

/** Null in the recording of 2014 although documented as always there (SPiD B6). */
const nothingKnown = { originalSubscriptionId: null, identifierId: null, orderId: null, renewPrice: null };

function recordedProduct(state: SpidState, { productId }: Subscription): object | null {
  const product = state.products.get(productId);
  return product ? { ...productFields(product), ...furtherFields } : null;
}

/** Fields of a standalone product, in recordings also of an embedded one (SPiD B20). */
const furtherFields = {
  subscriptionSurveyUrl: null,
  guardian: '0',
  hideItems: '0',
  autopay: '0',
  bundle: '0',
};

function publishedFields(state: SpidState, subscription: Subscription): object {
  const product = state.products.get(subscription.productId);
  const active = isActive(state, subscription);
  const started = spidTime(subscription.startsAt);
  return {
    subscriptionId: subscription.id,
    clientId: subscription.clientId,
    userId: subscription.userId,
    productId: subscription.productId,
    parentProductId: subscription.productId,
    identifierId: '0',
    orderId: subscription.orderId,
    startDate: started,
    originalPurchaseDate: started,
    expires: spidTime(subscription.expiresAt),
    autoRenew: '1',
    renewPrice: product?.price ?? null,
    currency: 'NOK',
    renewPeriod: monthSeconds,
    autoRenewLockPeriod: '0',
    autoRenewDisabled: '0',
    gracePeriod: gracePeriodSeconds,
    emailReceiptCount: '0',
    finalEndDate: null,
    chargeRetryCount: '0',
    chargeLastRetry: null,
    status: active ? '1' : '-1',
    statusChangeCode: null,
    statusChangeDate: null,
    updated: started,
    created: started,
    product: product ? productFields(product) : null,
    statusMsg: active ? 'Active' : 'Expired',
  };
}

/** Fields of a product embedded in a subscription; a standalone one has some more. */
function productFields(product: Product): object {
  const { id, clientId, type, code, name, description, price, createdAt } = product;
  return {
    productId: id,
    parentProductId: id,
    clientId,
    type,
    code,
    name,
    description,
    url: null,
    price,
    vat: '2500',
    currency: 'NOK',
    paymentOptions: '2',
    quantityLimit: null,
    quantityCount: '0',
    availableStart: null,
    availableStop: null,
    ...subscriptionTerms(product),
    allowMultiSales: '0',
    status: '3',
    changedBy: null,
    changed: type === '2' ? null : spidTime(createdAt),
    createdBy: clientId,
    created: spidTime(createdAt),
    purchaseUri: `https://id.localhost/auth/start?client_id=${clientId}&flow=payment&product_id=${id}`,
  };
}

function subscriptionTerms({ type, price }: Product): object {
  const renews = type === '2';
  return {
    saleStart: renews ? '1970-01-01 00:00:00' : null,
    saleStop: renews ? '2040-01-01 00:00:00' : null,
    subscriptionPeriod: renews ? monthSeconds : null,
    subscriptionRenewPrice: renews ? price : null,
    subscriptionRenewPeriod: renews ? monthSeconds : null,
    subscriptionAutoRenew: renews ? '1' : '0',
    subscriptionAutoRenewLockPeriod: '0',
    subscriptionAutoRenewDisabled: '0',
    subscriptionGracePeriod: renews ? gracePeriodSeconds : '0',
    subscriptionEmailReceiptLimit: renews ? '0' : null,
    subscriptionFinalEndDate: null,
  };
}
