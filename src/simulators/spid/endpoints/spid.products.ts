import { collection, element, userOf, type Call, type CallResult } from '../spid.call.js';
import { ApiException } from '../spid.errors.js';
import { phpMap } from '../spid.json.js';
import type { Content, Product, Subscription, User } from '../spid.records.js';
import type { SpidState } from '../spid.state.js';
import { gracePeriodSeconds, isActive, visibleSubscriptions } from './spid.subscriptions.js';
import { spidTime } from '../spid.clock.js';

/** GET user/{}/product/{} (SPiD B1). `collection` without meta for one object, as in the capture (SPiD A5). */
export function getAccess(state: SpidState, call: Call): CallResult {
  const user = userOf(state, call);
  const wanted = call.path['product_id'] ?? '';
  const data = accessTo(state, call, user, findProduct(state, call));
  if (data) return { data, type: 'collection', meta: null };
  if (state.quirks.values.productAccessNone === '404')
    throw new ApiException(404, 'No access to that product.');
  return element({ productId: wanted, result: false });
}

/** POST user/{}/product/{} (SPiD B2). Counts repeated grants, which is inferred (SPiD G12). */
export function grantAccess(state: SpidState, call: Call): CallResult {
  const user = userOf(state, call);
  const product = knownProduct(state, call);
  if (product.type === '2') throw new ApiException(400, 'Was not able to grant access');
  const contents = state.contentsOf(user);
  const now = state.now();
  const content = contents.get(product.id) ?? newContent(state, call, user, product);
  content.count += 1;
  content.updatedAt = now;
  contents.set(product.id, content);
  state.effects.record('product_grant', { userId: user.id, productId: product.id });
  return element({ productId: product.id, result: true });
}

/** DELETE user/{}/product/{} (SPiD B3). The response for a user without access is unknown; this is the documented 400. */
export function revokeAccess(state: SpidState, call: Call): CallResult {
  const user = userOf(state, call);
  const product = knownProduct(state, call);
  const content = state.contentsOf(user).get(product.id);
  if (!content || content.count === 0) throw new ApiException(400, 'Was not able to remove access');
  content.count = 0;
  content.updatedAt = state.now();
  state.effects.record('product_revoke', { userId: user.id, productId: product.id });
  return element(state.quirks.values.revokeAnswer === 'success' ? { success: true } : contentFields(content));
}

/** GET user/{}/products (SPiD B4). Status filters are OR-ed, an unknown one is ignored, `none` selects nothing. */
export function listContents(state: SpidState, call: Call): CallResult {
  const user = userOf(state, call);
  const known = call.query.list('filters').filter((each) => /^(all|none|active|expired)$/.test(each));
  const filters = new Set(known.length > 0 ? known : ['active']);
  const wanted = [...state.contentsOf(user).values()].filter(
    ({ count }) => filters.has('all') || filters.has(count > 0 ? 'active' : 'expired'),
  );
  return collection(
    phpMap(
      wanted.map((content) => {
        const statusMsg = content.count > 0 ? 'Available' : 'Deleted';
        return [content.productId, { ...contentFields(content), statusMsg }] as const;
      }),
    ),
  );
}

function accessTo(
  state: SpidState,
  call: Call,
  user: User,
  product: Product | undefined,
): object | undefined {
  if (!product) return undefined;
  const subscription = visibleSubscriptions(state, call.client, user).find(
    (each) => each.productId === product.id && isActive(state, each),
  );
  if (subscription) return subscriptionAccess(subscription);
  const content = state.contentsOf(user).get(product.id);
  return content && content.count > 0 ? { productId: product.id, result: true } : undefined;
}

function subscriptionAccess({ productId, id, startsAt, expiresAt }: Subscription): object {
  return {
    productId,
    result: true,
    subscriptionId: id,
    startDate: spidTime(startsAt),
    expires: spidTime(expiresAt),
    autoRenew: '1',
    gracePeriod: gracePeriodSeconds,
  };
}

/** By id, or by alias when the `merchant` filter is given (SPiD B1). */
function findProduct(state: SpidState, call: Call): Product | undefined {
  const wanted = call.path['product_id'] ?? '';
  const byId = state.products.get(wanted);
  const merchant = [call.query, call.parameters].some((each) => each.list('filters').includes('merchant'));
  if (byId || !merchant) return byId;
  return [...state.products.values()].find(({ alias }) => alias === wanted);
}

function knownProduct(state: SpidState, call: Call): Product {
  const product = findProduct(state, call);
  if (!product) throw new ApiException(404, 'Product not found');
  return product;
}

function newContent(state: SpidState, call: Call, user: User, product: Product): Content {
  return {
    userProductId: state.nextId(),
    productId: product.id,
    clientId: call.client.id,
    userId: user.id,
    orderId: '0',
    count: 0,
    updatedAt: state.now(),
    createdAt: state.now(),
  };
}

/** Status 3 is available, -1 is deleted (SPiD B4). */
function contentFields(content: Content): object {
  return {
    userProductId: content.userProductId,
    productId: content.productId,
    parentProductId: content.productId,
    clientId: content.clientId,
    userId: content.userId,
    orderId: content.orderId,
    status: content.count > 0 ? '3' : '-1',
    count: String(content.count),
    updated: spidTime(content.updatedAt),
    created: spidTime(content.createdAt),
    bundleId: '0',
  };
}
