import { createHmac } from 'node:crypto';
import type { CanaryCall, CanaryWorld } from './canary.world.js';

const GROUP = '324673248';
const USER = '938029';

/** What earlier calls have made, to ask for it. */
export interface Made {
  operationId: string;
  handoutId: string;
  migrationId: string;
  voucherCode: string;
}

/** A call of every operation of the API; a test compares the names with the document. */
export const CALLS: Readonly<Record<string, (world: CanaryWorld, made: Made) => CanaryCall>> = {
  checkLiveness: () => ({ method: 'GET', path: '/health/live', apiKey: null }),
  checkReadiness: () => ({ method: 'GET', path: '/health/ready', apiKey: null }),
  listUpstreamHealth: () => ({ method: 'GET', path: '/health/upstreams' }),
  readMetrics: () => ({ method: 'GET', path: '/metrics' }),
  listTokenNames: () => ({ method: 'GET', path: '/v1/token-names' }),
  checkEntitlement: () => ({ method: 'GET', path: '/v1/users/42/entitlements/1337' }),
  grantEntitlement: () => ({ method: 'PUT', path: `/v1/users/${USER}/entitlements/1337`, keyed: true }),
  revokeEntitlement: () => ({ method: 'DELETE', path: `/v1/users/${USER}/entitlements/1337`, keyed: true }),
  listEntitlements: () => ({ method: 'GET', path: '/v1/users/100003/entitlements' }),
  listSubscriptions: () => ({ method: 'GET', path: '/v1/users/100003/subscriptions' }),
  handOutVoucher: () => write('/v1/voucher-handouts', { userId: '42', voucherGroupId: GROUP }),
  getVoucherHandout: (_world, { handoutId }) => ({
    method: 'GET',
    path: `/v1/voucher-handouts/${handoutId}`,
  }),
  drawVoucherCodes: () => write(`/v1/voucher-groups/${GROUP}/codes`, { amount: 2 }),
  getVoucher: (_world, { voucherCode }) => ({ method: 'GET', path: `/v1/vouchers/${voucherCode}` }),
  listVoucherGroups: () => ({ method: 'GET', path: '/v1/voucher-groups' }),
  createVoucherGroup: () => write('/v1/voucher-groups', { title: 'Spring', type: 'campaign', unique: true }),
  getVoucherGroup: () => ({ method: 'GET', path: `/v1/voucher-groups/${GROUP}` }),
  updateVoucherGroup: () => ({
    method: 'PATCH',
    path: `/v1/voucher-groups/${GROUP}`,
    body: { title: 'Summer' },
    keyed: true,
  }),
  generateVouchers: () => write(`/v1/voucher-groups/${GROUP}/vouchers`, { amount: 3 }),
  listMigrationTools: () => ({ method: 'GET', path: '/v1/migration-tools' }),
  createMigration: ({ canaries }) =>
    write('/v1/migrations', {
      sourceTool: 'wordpress',
      destinationUsername: 'anna@customer.example',
      destinationToken: canaries.destinationToken,
    }),
  listMigrations: () => ({
    method: 'GET',
    path: '/v1/migrations?destinationUsername=anna%40customer.example',
  }),
  getMigration: (_world, { migrationId }) => ({ method: 'GET', path: `/v1/migrations/${migrationId}` }),
  acceptMigrationPayment: (_world, { migrationId }) => write(`/v1/migrations/${migrationId}/payment/accept`),
  rejectMigrationPayment: (_world, { migrationId }) => write(`/v1/migrations/${migrationId}/payment/reject`),
  importTokens: ({ canaries }) =>
    write('/v1/token-imports', { tokenName: 'demo', tokens: [canaries.importedToken, 17] }),
  receiveMigrationEvent: webhook,
  listMigrationEvents: () => ({ method: 'GET', path: '/v1/migrations/789123/events' }),
  listOperations: () => ({ method: 'GET', path: '/v1/operations?limit=100' }),
  getOperation: (_world, { operationId }) => ({ method: 'GET', path: `/v1/operations/${operationId}` }),
  resolveOperation: (_world, { operationId }) => ({
    method: 'POST',
    path: `/v1/operations/${operationId}/resolution`,
    body: { decision: 'executed', reason: 'seen at the vendor' },
  }),
};

/** Those that ask no upstream. */
const LOCAL =
  /^(check(Liveness|Readiness)|listUpstreamHealth|readMetrics|getVoucherHandout|.*Operations?|.*Events?)$/;

export const UPSTREAM_CALLS = Object.keys(CALLS).filter((name) => !LOCAL.test(name));

function write(path: string, body?: object): CanaryCall {
  return { method: 'POST', path, keyed: true, ...(body ? { body } : {}) };
}

function webhook({ canaries }: CanaryWorld): CanaryCall {
  const body = JSON.stringify({
    id: '789123',
    token: canaries.webhookToken,
    status_code: 'finished',
    status: 'Sample migration completed',
    users: { source_tool: 5, destination_tool: 4, matched: 3 },
    timestamp: Date.now(),
  });
  const signature = createHmac('sha256', canaries.webhookSecret).update(body).digest('hex');
  return {
    method: 'POST',
    path: '/webhooks/import2/canary',
    apiKey: null,
    body,
    headers: { 'X-Authorization-Content-SHA256': signature },
  };
}
