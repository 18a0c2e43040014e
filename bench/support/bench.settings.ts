import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Scope, SCOPES } from '../../src/config/scopes.js';
import { IMPORT2_TOKEN, SPID_CLIENT, type Simulators } from '../../test/chaos/processes/simulator.process.js';

export interface BenchCaller {
  readonly name: string;
  readonly weight: number;
  /** Left out: none that a benchmark reaches. */
  readonly limit?: { readonly requests: number; readonly perSeconds: number };
  /** Left out: all of them. */
  readonly scopes?: readonly Scope[];
}

export const TENANT = 'bench';

export const bearerOf = (caller: string): string => `Bearer tg_bench_${caller}`;

/** No limit of the gateway's own towards callers. */
const NO_LIMIT = { requests: 1_000_000, perSeconds: 1 };

interface Vendors extends Pick<Simulators, 'urls'> {
  /** To SPiD; left out: the gateway's default. */
  readonly connections?: number;
}

/** Writes a settings file and its secrets; returns its path. */
export function writeBenchSettings(
  folder: string,
  { urls, connections }: Vendors,
  callers: readonly BenchCaller[],
): string {
  const secret = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return { file: name };
  };
  const key = () => randomBytes(32).toString('base64');
  const settings = {
    tenants: [
      {
        name: TENANT,
        spid: {
          baseUrl: urls.spid,
          clientId: SPID_CLIENT.id,
          clientSecret: secret('spid-secret', SPID_CLIENT.secret),
          timeZone: 'Europe/Oslo',
          ...(connections !== undefined && { connections }),
        },
        import2: { baseUrl: `${urls.import2}/api/v2.1`, apiToken: secret('import2-token', IMPORT2_TOKEN) },
      },
    ],
    callers: callers.map(callerOf),
    // The load is the load balancer, and its clients have addresses of their own.
    trustedProxies: ['127.0.0.1'],
    ledger: {
      answerKeys: [{ id: 'bench', key: secret('answer-key', key()) }],
      fingerprintKey: secret('fingerprint-key', key()),
    },
  };
  const path = join(folder, 'tollgate.yaml');
  writeFileSync(path, stringify(settings, { aliasDuplicateObjects: false }));
  return path;
}

function callerOf({ name, weight, limit = NO_LIMIT, scopes = SCOPES }: BenchCaller) {
  return {
    name,
    weight,
    tenants: [TENANT],
    scopes: [...scopes],
    keys: [{ sha256: createHash('sha256').update(`tg_bench_${name}`).digest('hex') }],
    limit,
  };
}
