import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { ConfigurationError } from '../config/errors/configuration.error.js';
import { embeddedLedgerKeys, hasLedgerKeys } from './embedded.keys.js';
import { DEMO_KEYS, embeddedSettings } from './embedded.settings.js';
import type { Environment } from '../config/environment/environment.js';
import { reasonOfFileError } from '../config/data.folder.js';
import { Secret } from '../config/secrets/secret.js';
import { StartRefusedError } from '../config/errors/start.refused.error.js';
import type { Settings } from '../config/settings/settings.js';
import { KeptStateError } from '../simulators/kept.state.js';
import { FIRST_WEBHOOK_MS } from '../simulators/import2/import2.simulator.js';
import { type RunningSimulators, startSimulators, unusedIds } from '../simulators/simulators.js';

/** Both simulators in this process, and the settings that lead to them. */
export interface EmbeddedUpstreams {
  readonly settings: Settings;
  readonly demoKeys: typeof DEMO_KEYS;
  /**
   * To be called once the gateway listens: lets the Import2 simulator announce to it, and hands out the example at a first start.
   * Resolves to what `npm start` prints.
   */
  introduce(gatewayUrl: string): Promise<string>;
  close(): Promise<void>;
}

/** What the API document has as examples, so that "Try it out" at /docs finds it. */
export const DEMO_EXAMPLES = {
  exampleVoucher: '64-HB2I-OPBL',
  exampleMigration: { id: '789123', destinationUsername: 'anna@acme.example' },
};

export async function startEmbeddedUpstreams(environment: Environment): Promise<EmbeddedUpstreams> {
  const { dataDir } = environment;
  const isFirstStart = !hasLedgerKeys(dataDir);
  const ledger = embeddedLedgerKeys(dataDir);
  const simulators = await startKeptSimulators(environment, isFirstStart);
  // Both ends of it are in this process, so it need not outlive it.
  const secret = randomBytes(32).toString('hex');
  const settings = embeddedSettings(
    {
      spidUrl: simulators.spid.url,
      import2Url: simulators.import2.url,
      webhookSecret: new Secret(secret),
    },
    ledger,
  );
  const introduce = async (gatewayUrl: string): Promise<string> => {
    const url = `${gatewayUrl}/webhooks/import2/demo`;
    const response = await fetch(`${simulators.import2.url}/__webhook`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url, secret }),
    });
    if (!response.ok) throw new Error(`the Import2 simulator does not take its webhook: ${response.status}`);
    if (isFirstStart) await makeExample(gatewayUrl);
    return embeddedBanner(gatewayUrl, settings, isFirstStart);
  };
  return { settings, demoKeys: DEMO_KEYS, introduce, close: () => simulators.close() };
}

/**
 * Their state is beside the ledger, which remembers their ids.
 * @throws ConfigurationError for a damaged state, StartRefusedError for one that can be neither read nor saved
 */
async function startKeptSimulators(
  { dataDir, simulatorPorts }: Environment,
  isFirstStart: boolean,
): Promise<RunningSimulators> {
  try {
    return await startSimulators({
      spidPort: simulatorPorts?.spid ?? 0,
      import2Port: simulatorPorts?.import2 ?? 0,
      host: '127.0.0.1',
      examples: DEMO_EXAMPLES,
      stateFolder: dataDir,
      // A ledger without the state of its vendors: deleted, or of a version that did not keep it.
      ...(isFirstStart ? {} : { idsAfter: unusedIds() }),
    });
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof KeptStateError)) return error;
  const path = resolve(error.path);
  if (error.isDamaged) {
    const reason = 'is damaged; delete it to start with a vendor that has stored nothing';
    return new ConfigurationError(path, [{ path: '(file)', reason }]);
  }
  const text = `the state of a simulator cannot be kept in ${path} (DATA_DIR): ${reasonOfFileError(error.cause)}`;
  return new StartRefusedError(text, { cause: error });
}

/** Where the database is away, the start does not wait for the example. */
const EXAMPLE_MS_MAX = 5_000;

/**
 * Hands out one voucher, so that the operations that /docs reads exist. A refusal is no reason to end: it leaves /docs
 * without the example.
 */
export async function makeExample(gatewayUrl: string): Promise<void> {
  try {
    const response = await fetch(`${gatewayUrl}/v1/voucher-handouts`, {
      method: 'POST',
      signal: AbortSignal.timeout(EXAMPLE_MS_MAX),
      headers: {
        authorization: `Bearer ${DEMO_KEYS[0].key}`,
        'content-type': 'application/json',
        'idempotency-key': 'example-of-docs',
      },
      body: JSON.stringify({ userId: '100003', voucherGroupId: '324673248' }),
    });
    await response.body?.cancel();
  } catch {
    // A timeout. The request has a line in the log.
  }
}

/**
 * Where everything is, and calls that work when they are pasted. The keys are new at each start: what an earlier start did is
 * not replayed.
 */
function embeddedBanner(url: string, settings: Settings, isFirstStart: boolean): string {
  const run = randomBytes(3).toString('hex');
  const migration = isFirstStart ? '700001' : 'ID';
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
${call('POST', '/voucher-handouts', key(`voucher-${run}`) + body('{"userId":"938029","voucherGroupId":"324673248"}'))}
${call('POST', '/migrations', key(`migration-${run}`) + body('{"sourceTool":"wordpress","destinationUsername":"demo@example.com"}'))}

Import2 announces its changes by webhook, the first one ${FIRST_WEBHOOK_MS / 1_000} s later. See what it has announced, with the id of the
response in place of ${migration}:
${call('GET', `/migrations/${migration}/events`)}
${isFirstStart ? '\nOne voucher was handed out to user 100003 at this first start: the example that /docs reads.' : ''}
Errors, delays and lost responses of the vendors on demand: docs/simulators.md
Ctrl-C ends all of it; the state is kept.
`;
}
