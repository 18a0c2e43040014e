import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { FULL_ACCESS_KEY, startGateway, type TestGateway } from '../../support/gateway.js';

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL('../../.generated', import.meta.url));
const GENERATOR = fileURLToPath(
  new URL('../../../node_modules/@hey-api/openapi-ts/bin/run.js', import.meta.url),
);

/* oxlint-disable typescript/no-explicit-any -- the client does not exist before the test runs */
describe('a TypeScript client made by a public generator from /openapi.json', () => {
  let gateway: TestGateway;
  let sdk: any;
  let client: any;

  beforeAll(async () => {
    gateway = await startGateway();
    await rm(FOLDER, { recursive: true, force: true });
    const document = await gateway.call('GET', '/openapi.json', { key: null });
    await run('mkdir', ['-p', FOLDER]);
    await writeFile(`${FOLDER}/openapi.json`, document.text);
    const output = `${FOLDER}/client`;
    await run(process.execPath, [
      GENERATOR,
      '-i',
      `${FOLDER}/openapi.json`,
      '-o',
      output,
      '-c',
      '@hey-api/client-fetch',
    ]);
    sdk = await import(`${output}/sdk.gen.ts`);
    ({ client } = await import(`${output}/client.gen.ts`));
    client.setConfig({ baseUrl: gateway.url, auth: FULL_ACCESS_KEY });
  });

  afterAll(() => gateway.close());

  it('grants, checks, hands out, migrates and reads problems', async () => {
    const path = { userId: '938029', productId: '301694' };
    const before = await sdk.checkEntitlement({ path });
    expect(before.data).toMatchObject({ granted: false });
    const granted = await sdk.grantEntitlement({ path });
    expect(granted.data).toMatchObject({ productId: '301694', granted: true });
    expect((await sdk.checkEntitlement({ path })).data.granted).toBe(true);

    const handout = await sdk.handOutVoucher({
      headers: { 'Idempotency-Key': 'generated-1' },
      body: { userId: '42', voucherGroupId: '324673248' },
    });
    expect(handout.response.status).toBe(201);
    expect(await gateway.spid.effects('voucher_handout')).toHaveLength(1);

    const migration = await sdk.createMigration({
      headers: { 'Idempotency-Key': 'generated-2' },
      body: { sourceTool: 'wordpress', destinationUsername: 'client@example.com' },
    });
    expect(migration.response.status).toBe(201);
    expect(migration.data.id).toEqual(expect.any(String));

    const missing = await sdk.getVoucherGroup({ path: { id: '999' } });
    expect(missing.error).toMatchObject({ status: 404, type: '/docs/problems/voucher-group-not-found' });
  });
});
