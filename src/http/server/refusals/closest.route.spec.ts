import { assert, property, string, webPath } from 'fast-check';
import { ClosestRoute } from './closest.route.js';

const ROUTES = [
  '/',
  '/health/live',
  '/v1/operations',
  '/v1/operations/:id',
  '/v1/operations/summary',
  '/v1/users/:userId/entitlements',
  '/v1/users/:userId/entitlements/:productId',
  '/v1/voucher-groups',
  '/v1/voucher-groups/:id',
  '/v1/vouchers/:code',
];

describe('ClosestRoute', () => {
  const routes = new ClosestRoute();
  for (const route of [...ROUTES, '/docs/*']) routes.add(route);

  it.each([
    ['/v1/voucher-group/1', '/v1/voucher-groups/{id}'],
    ['/v1/voucher_groups?limit=1', '/v1/voucher-groups'],
    ['/v1/voucher-groups/', '/v1/voucher-groups'],
    ['//v1//operations', '/v1/operations'],
    ['/V1/Operations/summary', '/v1/operations/summary'],
    ['/v1/operation/sumary', '/v1/operations/{id}'],
    ['/v2/users/42/entitlements', '/v1/users/{userId}/entitlements'],
    ['/users/42/entitlements/1337', '/v1/users/{userId}/entitlements/{productId}'],
    ['/user/42/entitlement', '/v1/users/{userId}/entitlements'],
    ['/health/lives', '/health/live'],
  ])('takes %s for %s', (target, route) => {
    expect(routes.of(target)).toBe(route);
  });

  it.each([
    '/',
    '/v1',
    '/v1/nothing',
    '/favicon.ico',
    '/docs/x',
    '*',
    'http://gateway/v1/operation',
    '/v1/vouchers/canary/more',
    `/v1/operations${'s'.repeat(20)}`,
    `/v1/voucher-groups/1${'/1'.repeat(20)}`,
  ])('takes %s for none', (target) => {
    expect(routes.of(target)).toBeUndefined();
  });

  it('returns routes and nothing of the target', () => {
    const known = new Set(ROUTES.map((route) => route.replaceAll(/:(\w+)/g, '{$1}')));
    for (const targets of [webPath(), string().map((text) => `/v1/vouchers/${text}`)]) {
      assert(
        property(targets, (target) => {
          const route = routes.of(target);
          return route === undefined || known.has(route);
        }),
      );
    }
  });
});
