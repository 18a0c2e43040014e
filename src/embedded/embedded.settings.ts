import { createHash } from 'node:crypto';
import { type Scope, SCOPES } from '../config/scopes.js';
import { Secret } from '../config/secrets/secret.js';
import type { CallerLimit } from '../config/settings/access.settings.js';
import { CallerSettings } from '../config/settings/caller.settings.js';
import type { LedgerSettings } from '../config/settings/ledger.settings.js';
import type { Settings } from '../config/settings/settings.js';
import { TenantSettings } from '../config/settings/tenant.settings.js';
import { SpidSettings } from '../config/settings/spid.settings.js';
import { Import2Settings } from '../config/settings/import2.settings.js';
import { WebhookSettings } from '../config/settings/webhook.settings.js';

const TENANT = 'demo';

/** Published keys: embedded mode only serves this machine. */
export const DEMO_KEYS = [
  { key: 'tg_demo_full_access', use: 'everything' },
  { key: 'tg_demo_read_only', use: 'reads' },
] as const;

/** More than one machine can serve: the demo should show the headers and not limit a load test. */
const EMBEDDED_LIMIT: CallerLimit = { requests: 20_000, perSeconds: 1 };

export interface SimulatorUrls {
  /** Origin of the SPiD simulator. */
  readonly spidUrl: string;
  /** Origin of the Import2 simulator. */
  readonly import2Url: string;
  /** What the Import2 simulator signs its webhooks with; without it none are taken. */
  readonly webhookSecret?: Secret;
}

/**
 * What embedded mode runs on: one tenant whose credentials are the simulators', two callers whose keys are published
 * in the README. They exist in embedded mode only, which listens on this machine only. The ledger's keys are real:
 * `embeddedLedgerKeys` makes them.
 */
export function embeddedSettings(
  { spidUrl, import2Url, webhookSecret }: SimulatorUrls,
  ledger: LedgerSettings,
): Settings {
  const tenant: TenantSettings = {
    ...new TenantSettings(),
    name: TENANT,
    spid: {
      ...new SpidSettings(),
      baseUrl: spidUrl,
      clientId: '4e8463569caf7ca019000007',
      clientSecret: new Secret('foobar'),
      signatureSecret: new Secret('a274de'),
      signedAnswers: 'accepted',
      timeZone: 'Europe/Oslo',
    },
    import2: {
      ...new Import2Settings(),
      baseUrl: `${import2Url}/api/v2.1`,
      apiToken: new Secret('aafbdfde226327dafc73'),
      ...(webhookSecret && {
        webhook: { ...new WebhookSettings(), secret: webhookSecret },
      }),
    },
  };
  return {
    tenants: new Map([[TENANT, tenant]]),
    callers: demoCallers(),
    issuers: [],
    ledger,
    trustedProxies: [],
  };
}

function demoCallers(): CallerSettings[] {
  const reads = SCOPES.filter((scope) => scope.endsWith(':read'));
  return [
    demoCaller('demo-full-access', DEMO_KEYS[0].key, SCOPES),
    demoCaller('demo-read-only', DEMO_KEYS[1].key, reads),
  ];
}

function demoCaller(name: string, key: string, scopes: readonly Scope[]): CallerSettings {
  return {
    ...new CallerSettings(),
    name,
    tenants: [TENANT],
    scopes: new Set(scopes),
    keys: [{ sha256: createHash('sha256').update(key).digest() }],
    limit: EMBEDDED_LIMIT,
  };
}
