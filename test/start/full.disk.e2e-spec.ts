import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANY_PORTS, GatewayProcess } from '../support/gateway.process.js';
import { onSmallDisk, runsInNamespaces } from '../support/namespaces.js';

const withNamespaces = runsInNamespaces ? describe : describe.skip;

withNamespaces('a first start on a disk that gets full', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-disk-'));
  let gateway: GatewayProcess | undefined;

  afterAll(async () => {
    await gateway?.kill();
    rmSync(folder, { recursive: true });
  });

  it('is refused because of the disk, and leaves no half of a database to the next start', async () => {
    // A new database takes 39 MB: the last of its files is there, and empty.
    gateway = new GatewayProcess({ ...ANY_PORTS, DATA_DIR: folder }, onSmallDisk(folder, '38m'));
    expect(await gateway.exit()).toBe(1);
    expect(gateway.errors).toBe(
      `Tollgate does not start: the embedded database in ${folder}/pglite (DATA_DIR) cannot be opened: no space is left ` +
        '(ENOSPC). Make room there (a new database takes 40 MB), or set DATA_DIR to a folder on a file system with more\n',
    );
    expect(gateway.log.split('\n')).toContain('ledger.answer.key');
    expect(gateway.log).not.toContain('pglite');
  });
});
