import { randomUUID } from 'node:crypto';
import type { Settings } from '../../src/config/settings/settings.js';
import { startGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;

function inSandbox(demo: Settings): Settings {
  const tenants = [...demo.tenants].map(([name, tenant]) => {
    const baseUrl = new URL('/api/sandbox', tenant.import2!.baseUrl).href;
    return [name, { ...tenant, import2: { ...tenant.import2!, baseUrl } }] as const;
  });
  return { ...demo, tenants: new Map(tenants) };
}

beforeAll(async () => {
  gateway = await startGateway({ settings: inSandbox });
});

afterAll(() => gateway.close());

describe('a tenant in the sandbox of the vendor', () => {
  it('Import2 F39: creates nothing, and reads may return other migrations', async () => {
    const { status, body: started } = await gateway.call('POST', '/v1/migrations', {
      idempotencyKey: randomUUID(),
      body: { sourceTool: 'wordpress' },
    });
    expect(status).toBe(201);
    const { status: readStatus, body: read } = await gateway.call('GET', `/v1/migrations/${started.id}`);
    expect(readStatus).toBe(200);
    expect(read.id).not.toBe(started.id);
    expect(await gateway.import2.effects()).toEqual([]);
  });
});
