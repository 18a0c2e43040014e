import { Writable } from 'node:stream';
import { OverloadWatch } from '../../../src/http/server/overload/overload.watch.js';
import { type ProcessLoad, ProcessProbe } from '../../../src/http/server/overload/process.probe.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { until } from '../../support/until.js';

const CHECK = '/v1/users/42/entitlements/1337';
const HANDOUT = { idempotencyKey: 'overloaded', body: { userId: '42', voucherGroupId: '324673248' } };
const IDLE: ProcessLoad = { eventLoopDelayMs: 0, memoryShare: 0.1 };

/** What the watch takes for the time between two samples: enough of them are needed as well. */
const SAMPLE_MS = 400;

describe('a gateway that is overloaded', () => {
  let gateway: TestGateway;
  let load: ProcessLoad = IDLE;
  let samples = 0;
  let log = '';

  beforeAll(async () => {
    const sink = new Writable({
      write(line, _encoding, done) {
        log += String(line);
        done();
      },
    });
    gateway = await startGateway({ log: sink, env: { SHED_EVENT_LOOP_DELAY_MS: '500' } });
    gateway.app.get(ProcessProbe).read = () => {
      samples += 1;
      return load;
    };
    Object.assign(gateway.app.get(OverloadWatch), { clock: { monotonicMs: () => samples * SAMPLE_MS } });
  });

  afterAll(() => gateway.close());

  const statusOf = async (path: string) => (await gateway.call('GET', path)).status;

  const overload = async (next: Partial<ProcessLoad>) => {
    load = { ...IDLE, ...next };
    await until('it is overloaded', async () => (await statusOf(CHECK)) === 503);
  };

  const recover = async () => {
    load = IDLE;
    await until('it has recovered', async () => (await statusOf(CHECK)) === 200);
  };

  it.each<[string, Partial<ProcessLoad>, RegExp]>([
    ['memory', { memoryShare: 0.91 }, /more than 90 % of the memory/],
    ['event_loop', { eventLoopDelayMs: 501 }, /the event loop is more than 500 ms behind/],
  ])(
    'refuses requests before their key is checked, for %s, and recovers by itself',
    async (reason, next, words) => {
      log = '';
      await overload(next);
      const read = await gateway.call('GET', CHECK, { key: null });
      expect(read.status).toBe(503);
      expect(read.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(read.body).toMatchObject({ type: '/docs/problems/overloaded', status: 503 });
      expect(read.body.instance).toBe(`urn:tollgate:request:${read.headers.get('x-request-id')}`);
      expect(read.body).not.toHaveProperty('outcome');
      expect(read.body.retryAfterSeconds).toBe(Number(read.headers.get('retry-after')));
      expect([1, 2, 3]).toContain(read.body.retryAfterSeconds);
      const write = await gateway.call('POST', '/v1/voucher-handouts', HANDOUT);
      expect(write.body).toMatchObject({ type: '/docs/problems/overloaded', outcome: 'not_executed' });
      const large = await gateway.call('POST', '/v1/voucher-handouts', {
        ...HANDOUT,
        body: ' '.repeat(900_000),
      });
      expect(large.status).toBe(503);

      const open = ['/health/live', '/health/ready', '/health/upstreams', '/docs/problems/overloaded'];
      expect(await Promise.all(open.map(statusOf))).toEqual(open.map(() => 200));
      // Unsigned, so refused, but for that reason.
      expect((await gateway.call('POST', '/webhooks/import2/demo', { body: {} })).status).toBe(401);
      const { text } = await gateway.call('GET', '/metrics');
      expect(text).toContain(`tollgate_overloaded{reason="${reason}"} 1`);
      expect(text).toMatch(new RegExp(`tollgate_http_refused_total\\{reason="${reason}"\\} [1-9]`));
      expect(await gateway.spid.effects('voucher_handout')).toEqual([]);

      await recover();
      const lines = log.split('\n').filter((line) => line.includes('"context":"Overload"'));
      expect(lines).toHaveLength(2);
      expect(lines[0]).toMatch(words);
      expect(lines[1]).toContain('new requests are served again');
      expect(log).not.toContain('"context":"Problem"');
    },
  );

  it('goes on refusing until the load is clearly lower', async () => {
    await overload({ memoryShare: 0.91 });
    load = { ...IDLE, memoryShare: 0.86 };
    const before = samples;
    await until('two seconds of samples were taken', () => (samples - before) * SAMPLE_MS >= 2_000);
    expect(await statusOf(CHECK)).toBe(503);
    await recover();
  });
});
