import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from '../../src/config/clock.js';
import { Secret } from '../../src/config/secrets/secret.js';
import { UserFences } from '../../src/ledger/fence/user.fences.js';
import { PostgresSource } from '../../src/store/database/database.source.js';
import { PostgresServer } from '../chaos/processes/postgres.server.js';
import { until } from '../support/until.js';
import { LedgerParts } from './support/ledger.parts.js';
import { OutageProxy } from './support/outage.proxy.js';

/** No machine is so slow. */
const LONG_MS = 600_000;

describe('fences at a failover', () => {
  let folder: string;
  let primary: PostgresServer;
  let standby: PostgresServer;
  let proxy: OutageProxy;
  let parts: LedgerParts;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-fences-'));
    // PostgreSQL runs as another user and needs access to the folder.
    chmodSync(folder, 0o711);
    primary = await PostgresServer.create(join(folder, 'primary'));
    proxy = await OutageProxy.start('127.0.0.1', primary.port);
    parts = await LedgerParts.open(new PostgresSource(new Secret(primary.urlBy(proxy.port))));
    standby = await primary.standby(join(folder, 'standby'));
  });

  afterAll(async () => {
    await parts?.close();
    await proxy?.close();
    await standby?.stop();
    await primary?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are not read from a standby, and have other revisions once it has taken over', async () => {
    const fences = new UserFences(parts.database, new Clock(), LONG_MS);
    const read = () => fences.read('spid:a', '42').catch((error: Error) => error.message);
    const before = await read();
    expect(before).toEqual({ isOpen: false, revision: expect.any(String) });
    proxy.redirect('127.0.0.1', standby.port);
    proxy.cut();
    await until('the standby is reached', async () => {
      const found = await read();
      return typeof found === 'string' && found.includes('is a standby');
    });
    await standby.admin('select pg_promote()');
    await until('it has taken over', async () => typeof (await read()) === 'object');
    expect(await read()).toEqual({ isOpen: false, revision: expect.any(String) });
    expect(await read()).not.toEqual(before);
  });
});
