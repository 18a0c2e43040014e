import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SCOPES } from '../../../src/config/scopes.js';
import { IMPORT2_TOKEN, SPID_CLIENT, type Simulators } from './simulator.process.js';

export const CALLERS = ['shop', 'desk'] as const;

/** Both lead to the same accounts at both vendors, so each may cause what the other one probes for. */
export const TENANTS = ['north', 'south'] as const;

/** A call may be tried for so long; faults hold calls back for shorter and for longer. */
const TIMEOUTS = { attemptMs: 500, totalMs: 800 };

/** Calls at one time: at SPiD of each process, at Import2 of all together. Low enough to matter in a schedule. */
export const CONCURRENCY = { spid: 12, import2: 8 } as const;

/** Import2's own limit, and how the settings have it. */
export const IMPORT2_RATE = { requests: 10, perSeconds: 1 } as const;

/** The gateways that serve, and the spare one, which also probes. */
export const PROCESSES = 3;

/** As short as may be: every kill costs the schedule a lease. */
export const LEASE_MS = 1_500;

/** Fields of ProbeTimes. The next probe comes while a schedule still lasts; absence is settled within it too. */
export const PACE = {
  firstProbeAfterSeconds: 0,
  pauseSeconds: 1,
  pauseSecondsMax: 1,
  settleMs: 2_000,
  apartMs: 500,
  probesPerSecond: 50,
  sweepPauseMs: 150,
  pollingSeconds: 0.5,
} as const;

export function apiKeyOf(caller: string): string {
  return `tg_chaos_${caller}`;
}

/** Writes the settings file of all gateways and its secrets; returns its path. */
export function writeSettings(folder: string, { urls }: Simulators): string {
  const secret = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return { file: name };
  };
  const key = () => randomBytes(32).toString('base64');
  const upstreams = {
    spid: {
      baseUrl: urls.spid,
      clientId: SPID_CLIENT.id,
      clientSecret: secret('spid-secret', SPID_CLIENT.secret),
      timeZone: 'Europe/Oslo',
      timeouts: TIMEOUTS,
      budget: { concurrency: CONCURRENCY.spid },
    },
    import2: {
      baseUrl: `${urls.import2}/api/v2.1`,
      apiToken: secret('import2-token', IMPORT2_TOKEN),
      timeouts: TIMEOUTS,
      budget: { ...IMPORT2_RATE, concurrency: CONCURRENCY.import2 },
    },
  };
  const settings = {
    tenants: TENANTS.map((name) => ({ name, ...upstreams })),
    callers: CALLERS.map((name) => ({
      name,
      tenants: [...TENANTS],
      scopes: [...SCOPES],
      keys: [{ sha256: createHash('sha256').update(apiKeyOf(name)).digest('hex') }],
      limit: { requests: 100_000, perSeconds: 1 },
    })),
    ledger: {
      answerKeys: [{ id: 'chaos', key: secret('answer-key', key()) }],
      fingerprintKey: secret('fingerprint-key', key()),
      leaseMs: LEASE_MS,
    },
  };
  const path = join(folder, 'tollgate.yaml');
  writeFileSync(path, stringify(settings, { aliasDuplicateObjects: false }));
  return path;
}
