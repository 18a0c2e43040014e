import type { Environment } from './config/environment/environment.js';
import { storeAddressOf } from './config/environment/store.address.js';
import { PRODUCT_VERSION } from './config/product.version.js';
import type { Secret } from './config/secrets/secret.js';
import type { Settings } from './config/settings/settings.js';
import type { DatabaseState } from './store/database/database.status.js';

export interface StartedGateway {
  readonly environment: Environment;
  readonly settings: Settings;
  /** Where it listens. */
  readonly address: string;
  readonly database: DatabaseState;
  /** Undefined without a Redis. */
  readonly redisStatus?: 'ready' | 'unreachable' | undefined;
}

/** The members of the log line of a start. No password and no parameter of a URL. */
export function startFacts({ environment, settings, address, database, redisStatus }: StartedGateway) {
  const { mode, settingsFile, databaseUrl, redisUrl, dataDir } = environment;
  return {
    version: PRODUCT_VERSION,
    node: process.version,
    mode,
    address,
    ...(settingsFile === undefined ? {} : { settingsFile }),
    tenants: settings.tenants.size,
    callers: settings.callers.length,
    issuers: settings.issuers.length,
    database: databaseUrl ? storeText(databaseUrl) : `embedded in ${dataDir}`,
    databaseStatus: database.trouble ?? database.status,
    redis: redisUrl ? storeText(redisUrl) : 'none, this process counts by itself',
    ...(redisStatus && { redisStatus }),
  };
}

/** `host:port/name`. */
function storeText(url: Secret): string {
  const { server, database } = storeAddressOf(url);
  return database === '' ? server : `${server}/${database}`;
}
