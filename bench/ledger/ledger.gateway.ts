/**
 * The gateway as it is, and for comparison the same one whose ledger keeps nothing; such a gateway exists in this
 * file only. Reports its figures whenever it is asked.
 */
import 'reflect-metadata';
import { Client } from 'pg';
import { createGateway } from '../../src/app.setup.js';
import { Clock } from '../../src/config/clock.js';
import { embeddedLedgerKeys } from '../../src/embedded/embedded.keys.js';
import { embeddedSettings } from '../../src/embedded/embedded.settings.js';
import { readEnvironment } from '../../src/config/environment/environment.js';
import { HeldLease } from '../../src/ledger/held.lease.js';
import { uuidv7 } from '../../src/ledger/operation.id.js';
import { OperationLedger } from '../../src/ledger/operation.ledger.js';
import type { OperationWrite } from '../../src/ledger/operation.types.js';
import { createLogger, GatewayLogger } from '../../src/telemetry/logger.js';

/** What this process has spent so far. */
export interface GatewayFigures {
  /** Statements sent to PostgreSQL, each a round trip. */
  readonly roundTrips: number;
  readonly cpuMs: number;
}

const [variant, upstreamUrl = '', databaseUrl = '', dataDir = ''] = process.argv.slice(2);

let roundTrips = 0;
// Also counts what goes on in the background, some statements a second.
// oxlint-disable-next-line typescript/unbound-method
const query = Client.prototype.query as (...args: unknown[]) => unknown;
Object.assign(Client.prototype, {
  query(this: Client, ...args: unknown[]) {
    roundTrips += 1;
    return query.apply(this, args);
  },
});

/** Lets every write run and forgets it; still describes it, as the gateway would without a ledger to ask. */
const forgetful: Partial<OperationLedger> = {
  begin: (write: OperationWrite) =>
    Promise.resolve({
      kind: 'run',
      operation: {
        id: uuidv7(Date.now()),
        claim: '',
        write,
        attempts: 1,
        startedAt: new Date(),
        snapshot: null,
        lease: new HeldLease(new Clock(), 60_000),
      },
    }),
  succeed: () => Promise.resolve('recorded'),
};

const environment = readEnvironment({ PORT: '0', DATA_DIR: dataDir, DATABASE_URL: databaseUrl });
const demo = embeddedSettings(
  { spidUrl: upstreamUrl, import2Url: upstreamUrl },
  embeddedLedgerKeys(environment.dataDir),
);
const settings = {
  ...demo,
  callers: demo.callers.map((caller) => ({ ...caller, limit: { requests: 1_000_000, perSeconds: 1 } })),
};
const app = await createGateway({
  environment,
  settings,
  logger: new GatewayLogger(createLogger(environment.logLevel)),
});
if (variant === 'off') Object.assign(app.get(OperationLedger, { strict: false }), forgetful);
await app.listen(0, '127.0.0.1');
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const figures: GatewayFigures = { roundTrips, cpuMs: (user + system) / 1_000 };
  process.send?.(figures);
});
process.on('disconnect', () => process.exit());
process.send?.({ url: (await app.getUrl()).replace('[::1]', '127.0.0.1') });
