import 'reflect-metadata';
import { create } from 'axios';
import { readFileSync } from 'node:fs';
import { AXIOS_SETTINGS } from '../../../src/upstreams/transport/socket/prepared.axios.js';
import { UpstreamChannel } from '../../../src/upstreams/transport/upstream.channel.js';
import { openAccount } from './open.budget.js';
import { UpstreamHealth } from '../../../src/upstreams/transport/upstream.health.js';

// A process that makes one upstream call to argv[2], trusting argv[3] if given, and prints its outcome.
const [, , baseUrl = '', caFile] = process.argv;
const channel = new UpstreamChannel(create(AXIOS_SETTINGS), {
  upstream: 'spid',
  baseUrl,
  connections: 1,
  timeouts: { attemptMs: 10_000, totalMs: 10_000 },
  state: new UpstreamHealth().of('demo', 'spid'),
  account: openAccount(),
  ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
});
try {
  const outcome = await channel.send(
    { operation: 'reading', method: 'GET', path: '/things', safe: true },
    { authorize: () => ({}), read: ({ status }) => `status ${status}` },
  );
  process.stdout.write(outcome);
} catch (error) {
  process.stdout.write(`${(error as Error).name} ${(error as { reason?: string }).reason}`);
}
await channel.close();
