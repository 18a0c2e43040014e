import { createHmac, hash } from 'node:crypto';
import { Secret } from '../../../src/config/secrets/secret.js';
import type { CallerSettings } from '../../../src/config/settings/caller.settings.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import type { TenantSettings } from '../../../src/config/settings/tenant.settings.js';
import { WebhookSettings } from '../../../src/config/settings/webhook.settings.js';
import type { CallResponse, TestGateway } from '../gateway.js';
import { responsesOf, sendRaw } from '../network/raw.http.js';

export const OTHER_KEY = 'tg_test_other';
export const TRUSTING_KEY = 'tg_test_trusting';

export const SECRETS = {
  demo: 'canary-webhook-secret-of-demo',
  previous: 'canary-webhook-secret-of-demo-before',
  other: 'canary-webhook-secret-of-other',
};

/** Opens a customer's migration; only the database may contain it, and only encrypted. */
export const TOKEN = 'canary0123456789abcdef0123456789';

/**
 * `demo` and `other` sign, `trusting` takes everything, `silent` has Import2 without a webhook, `bare` has no Import2.
 */
export function webhookSettings(demo: Settings): Settings {
  const tenant = demo.tenants.get('demo')!;
  const tenantWith = (name: string, webhook?: WebhookSettings): [string, TenantSettings] => [
    name,
    { ...tenant, name, import2: { ...tenant.import2!, ...(webhook && { webhook }) } },
  ];
  const signing = (secret: string) => ({ ...new WebhookSettings(), secret: new Secret(secret) });
  return {
    ...demo,
    tenants: new Map([
      tenantWith('demo', { ...signing(SECRETS.demo), previousSecret: new Secret(SECRETS.previous) }),
      tenantWith('other', signing(SECRETS.other)),
      tenantWith('trusting', { ...new WebhookSettings(), acceptUnsigned: true }),
      tenantWith('silent'),
      ['bare', { name: 'bare', spid: tenant.spid! }],
    ]),
    callers: [...demo.callers, callerOf('other', OTHER_KEY, demo), callerOf('trusting', TRUSTING_KEY, demo)],
  };
}

function callerOf(tenant: string, key: string, { callers }: Settings): CallerSettings {
  return {
    ...callers[0]!,
    name: tenant,
    tenants: [tenant],
    keys: [{ sha256: hash('sha256', key, 'buffer') }],
  };
}

/** The body of a webhook that is fresh now. */
export function announcement(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    id: '789123',
    token: TOKEN,
    status_code: 'finished',
    status: 'Sample migration completed',
    users: { source_tool: 5, destination_tool: 4, matched: 3 },
    timestamp: Date.now(),
    ...changes,
  });
}

export function signatureOf(body: string | Uint8Array, secret: string = SECRETS.demo): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

export interface DeliveryOptions {
  readonly tenant?: string;
  /** `null`: none. By default signed with demo's secret. */
  readonly signature?: string | null;
  readonly headers?: Record<string, string>;
}

/** Sends a webhook as Import2 does: no key. */
export function deliver(
  gateway: TestGateway,
  body: string,
  { tenant = 'demo', signature = signatureOf(body), headers = {} }: DeliveryOptions = {},
): Promise<CallResponse> {
  const proof: Record<string, string> =
    signature === null ? {} : { 'X-Authorization-Content-SHA256': signature };
  return gateway.call('POST', `/webhooks/import2/${tenant}`, {
    key: null,
    body,
    headers: { ...proof, ...headers },
  });
}

export interface BytesOptions {
  readonly path?: string;
  /** Instead of one Content-Type. */
  readonly lines?: readonly string[];
}

/** Sends signed bytes with exactly these header lines and returns the status. */
export async function deliverBytes(
  gateway: TestGateway,
  body: Uint8Array,
  { path = '/webhooks/import2/demo', lines = ['Content-Type: application/json'] }: BytesOptions = {},
): Promise<number | undefined> {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: gateway',
    'Connection: close',
    `X-Authorization-Content-SHA256: ${signatureOf(body)}`,
    `Content-Length: ${body.length}`,
    ...lines,
  ];
  const received = await sendRaw(
    gateway.url,
    `${head.join('\r\n')}\r\n\r\n${Buffer.from(body).toString('latin1')}`,
  );
  return responsesOf(received)[0]?.status;
}
