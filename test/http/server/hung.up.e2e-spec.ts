import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { FULL_ACCESS_KEY, startGateway, type TestGateway } from '../../support/gateway.js';
import { until } from '../../support/until.js';

const HANDOUT = JSON.stringify({ userId: '938029', voucherGroupId: '324673248' });

interface Case {
  readonly id: string;
  readonly status: number;
  /** The call of the vendor. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  /** `Cache-Control`. */
  readonly age?: string;
  readonly body?: string;
}

describe('a request whose caller hangs up', () => {
  let gateway: TestGateway;
  let logged = '';

  beforeAll(async () => {
    const log = new PassThrough();
    log.on('data', (chunk: Buffer) => (logged += chunk.toString()));
    gateway = await startGateway({ log });
  });

  afterEach(() => gateway.spid.clearFaults());
  afterAll(() => gateway.close());

  /** Sends a request, and closes its connection while the vendor carries out the call. */
  async function hangUp({ id, operation, method, path, age = 'no-cache', body = '' }: Case): Promise<void> {
    await gateway.spid.fault(operation, 'latency', 1, 2_000);
    const { hostname, port } = new URL(gateway.url);
    const client = connect(Number(port), hostname);
    const head = [`${method} ${path} HTTP/1.1`, 'Host: x', `Cache-Control: ${age}`];
    head.push(`Authorization: Bearer ${FULL_ACCESS_KEY}`, `X-Request-Id: ${id}`);
    head.push('Content-Type: application/json', `Idempotency-Key: ${id}`, `Content-Length: ${body.length}`);
    client.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    const isWaiting = async () =>
      ((await gateway.spid.control('GET', '/__faults')) as { waiting: unknown[] }).waiting.length > 0;
    await until('the vendor has the call', async () => !(await isWaiting()));
    client.destroy();
  }

  const linesOf = (id: string) =>
    logged
      .split('\n')
      .filter((line) => line.includes(`"${id}"`))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  const cases: Case[] = [
    {
      id: 'read',
      status: 200,
      operation: 'product_get',
      method: 'GET',
      path: '/v1/users/42/entitlements/1337',
    },
    {
      id: 'shared',
      status: 503,
      operation: 'injectable_names',
      method: 'GET',
      path: '/v1/token-names',
      age: 'max-age=5',
    },
    {
      id: 'write',
      status: 201,
      operation: 'voucher_handout',
      method: 'POST',
      path: '/v1/voucher-handouts',
      body: HANDOUT,
    },
  ];

  it.each(cases)('has one line in the log: a $id, with status $status', async (each) => {
    const { id, status, path } = each;
    await hangUp(each);
    await until('its line is there', () => linesOf(id).length > 0);
    const reason = 'the caller hung up';
    expect(linesOf(id)).toEqual([expect.objectContaining({ msg: 'request', status, reason })]);
    const route = path.replace('42', ':userId').replace('1337', ':productId');
    const { text } = await gateway.call('GET', '/metrics');
    expect(text).toContain(`tollgate_http_hung_up_total{route="${route}"} 1`);
  });
});
