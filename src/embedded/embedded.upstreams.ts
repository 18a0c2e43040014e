import { randomBytes } from 'node:crypto';
import { embeddedLedgerKeys } from './embedded.keys.js';
import { DEMO_KEYS, embeddedSettings } from './embedded.settings.js';
import type { Environment } from '../config/environment/environment.js';
import { Secret } from '../config/secret.js';
import type { Settings } from '../config/settings/settings.js';
import { startSimulators } from '../simulators/simulators.js';

/** Both simulators in this process, and the settings that lead to them. */
export interface EmbeddedUpstreams {
  readonly settings: Settings;
  /** Lets the Import2 simulator announce to the gateway, whose address is known once it listens. */
  announceTo(gatewayUrl: string): Promise<void>;
  /** Hands out one voucher at the first start, so that the operations that /docs reads exist. */
  makeExample(gatewayUrl: string): Promise<void>;
  close(): Promise<void>;
}

/** What the API document has as examples, so that "Try it out" at /docs finds it. */
export const DEMO_EXAMPLES = {
  exampleVoucher: '64-HB2I-OPBL',
  exampleMigration: { id: '789123', destinationUsername: 'anna@acme.example' },
};

export async function startEmbeddedUpstreams(environment: Environment): Promise<EmbeddedUpstreams> {
  const simulators = await startSimulators({
    spidPort: environment.simulatorPorts?.spid ?? 0,
    import2Port: environment.simulatorPorts?.import2 ?? 0,
    host: '127.0.0.1',
    examples: DEMO_EXAMPLES,
  });
  // Both ends of it are in this process, so it need not outlive it.
  const secret = randomBytes(32).toString('hex');
  const settings = embeddedSettings(
    {
      spidUrl: simulators.spid.url,
      import2Url: simulators.import2.url,
      webhookSecret: new Secret(secret),
    },
    embeddedLedgerKeys(environment.dataDir),
  );
  const announceTo = async (gatewayUrl: string): Promise<void> => {
    const url = `${gatewayUrl}/webhooks/import2/demo`;
    const answer = await fetch(`${simulators.import2.url}/__webhook`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url, secret }),
    });
    if (!answer.ok) throw new Error(`the Import2 simulator does not take its webhook: ${answer.status}`);
  };
  return { settings, announceTo, makeExample, close: () => simulators.close() };
}

/** The key makes it one voucher over all starts. A refusal is no reason to end: it leaves /docs without the example. */
export async function makeExample(gatewayUrl: string): Promise<void> {
  const response = await fetch(`${gatewayUrl}/v1/voucher-handouts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${DEMO_KEYS[0].key}`,
      'content-type': 'application/json',
      'idempotency-key': 'example-of-docs',
    },
    body: JSON.stringify({ userId: '100003', voucherGroupId: '324673248' }),
  });
  await response.body?.cancel();
}

/** What `npm start` prints: where everything is, and calls that work when they are pasted. */
export function embeddedBanner(url: string, settings: Settings): string {
  const demo = settings.tenants.get('demo');
  const call = (method: string, path: string, extra = '') =>
    `  curl -s -X ${method} ${url}/v1${path} \\\n    -H 'Authorization: Bearer tg_demo_full_access'${extra}`;
  const body = (json: string) => ` \\\n    -H 'Content-Type: application/json' -d '${json}'`;
  const key = (name: string) => ` \\\n    -H 'Idempotency-Key: ${name}'`;
  return `
Tollgate   ${url}   API at ${url}/docs
SPiD       ${demo?.spid?.baseUrl ?? ''} (simulator)
Import2    ${demo?.import2?.baseUrl ?? ''} (simulator)
Demo key   tg_demo_full_access (everything), tg_demo_read_only (reads)

Grant a product, check it, hand out a voucher, start a migration:
${call('PUT', '/users/938029/entitlements/1337')}
${call('GET', '/users/938029/entitlements/1337')}
${call('POST', '/voucher-handouts', key('first-voucher') + body('{"userId":"938029","voucherGroupId":"324673248"}'))}
${call('POST', '/migrations', key('first-migration') + body('{"sourceTool":"wordpress","destinationUsername":"demo@example.com"}'))}

Seconds later, see what Import2 has announced about it:
${call('GET', '/migrations/700001/events')}

Ctrl-C ends all of it.
`;
}
