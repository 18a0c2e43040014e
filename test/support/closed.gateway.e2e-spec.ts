import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Metrics } from '../../src/telemetry/metrics.js';
import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a gateway that is closed', () => {
  let gateway: TestGateway;

  async function started(): Promise<WeakRef<object>> {
    gateway = await startGateway();
    expect((await gateway.call('GET', '/metrics')).status).toBe(200);
    return new WeakRef(gateway.app.get(Metrics, { strict: false }));
  }

  it('leaves nothing in memory, although its test file still refers to it', async () => {
    const part = await started();
    await gateway.close();
    await gateway.close();
    await until('it is collected', () => {
      collectGarbage();
      return part.deref() === undefined;
    });
    expect(() => gateway.app).toThrow('the gateway is closed');
  });
});
