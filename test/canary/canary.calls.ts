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
  createVoucherGroup: ({ canaries }) =>
    write('/v1/voucher-groups', {
      title: 'Spring',
      type: 'campaign',
      unique: false,
      voucherCode: canaries.sharedVoucherCode,
    }),
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
      destinationInstanceUrl: `https://crm.customer.example/in/${canaries.addressPath}?token=${canaries.addressToken}`,
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
  summarizeOperations: () => ({ method: 'GET', path: '/v1/operations/summary' }),
  probeOperation: (_world, { operationId }) => ({
    method: 'POST',
    path: `/v1/operations/${operationId}/probe`,
  }),
  resolveOperation: ({ canaries }, { operationId }) => ({
    method: 'POST',
    path: `/v1/operations/${operationId}/resolution`,
    body: {
      decision: 'executed',
      reason: 'seen at the vendor',
      evidence: { voucherCode: canaries.seenVoucherCode, tokens: [canaries.importedToken] },
    },
  }),
};

/**
 * For every operation of the document, requests that hold a secret wherever they have room for one: in each parameter of
 * the path and of the query and in each field of the body, known and unknown. All are refused, or find nothing.
 */
export function refusedCalls(document: ApiPaths, secret: string): readonly (readonly [string, CanaryCall])[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]): (readonly [string, CanaryCall])[] => {
      const { operationId, parameters = [], requestBody } = operation;
      const reference = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1) ?? '';
      const fields = Object.keys(document.components.schemas[reference]?.properties ?? {});
      const queries = parameters.filter((each) => each.in === 'query').map(({ name }) => name);
      const upper = method.toUpperCase();
      const address = path.replaceAll(/\{\w+\}/g, `${secret}~`);
      const query = new URLSearchParams(
        [...queries, 'code', 'other'].map((name): [string, string] => [name, `${secret}\u0001`]),
      );
      const body = upper === 'GET' ? {} : { body: bodyOf([...fields, 'voucherCode', 'other'], secret) };
      const call = { method: upper, keyed: true, ...body };
      return [
        [operationId, { ...call, path: address }],
        [operationId, { ...call, path: `${path.replaceAll(/\{\w+\}/g, '1')}?${query.toString()}` }],
        [
          operationId,
          { ...call, path: `${address}?other=${secret}%zz`, headers: { 'tollgate-tenant': secret } },
        ],
        [operationId, { ...call, keyed: false, path, headers: { 'idempotency-key': `${secret} \u00e9` } }],
      ];
    }),
  );
}

function bodyOf(fields: readonly string[], secret: string): object {
  return Object.fromEntries(fields.map((name) => [name, { other: [secret] }]));
}

/** As much of the document as is used here. */
export interface ApiPaths {
  readonly paths: Record<string, Record<string, ApiOperation>>;
  readonly components: { readonly schemas: Record<string, { readonly properties?: object }> };
}

interface ApiOperation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content: Record<string, { readonly schema: { readonly $ref?: string } }>;
  };
}

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
