import { embeddedLedgerKeys } from './config/embedded.keys.js';
import { embeddedSettings } from './config/embedded.settings.js';
import type { Environment } from './config/environment.js';
import type { Settings } from './config/settings.js';
import { startSimulators } from './simulators/simulators.js';

/** Both simulators in this process, and the settings that lead to them. */
export interface EmbeddedUpstreams {
  readonly settings: Settings;
  close(): Promise<void>;
}

export async function startEmbeddedUpstreams(environment: Environment): Promise<EmbeddedUpstreams> {
  const simulators = await startSimulators({
    spidPort: environment.spidSimulatorPort,
    import2Port: environment.import2SimulatorPort,
    host: '127.0.0.1',
  });
  const settings = embeddedSettings(
    { spidUrl: simulators.spid.url, import2Url: simulators.import2.url },
    embeddedLedgerKeys(environment.dataDir),
  );
  return { settings, close: () => simulators.close() };
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

Ctrl-C ends all of it.
`;
}
