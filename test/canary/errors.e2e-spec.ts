import { isAxiosError } from 'axios';
import { Clock } from '../../src/config/clock.js';
import { Secret } from '../../src/config/secrets/secret.js';
import { SpidCache } from '../../src/config/settings/spid.settings.js';
import { SettingsSource } from '../../src/config/settings/settings.source.js';
import { startSpidSimulator } from '../../src/simulators/spid/spid.simulator.js';
import { Import2Clients } from '../../src/upstreams/import2/import2.clients.js';
import { SpidClients } from '../../src/upstreams/spid/spid.clients.js';
import { UpstreamError } from '../../src/upstreams/transport/upstream.errors.js';
import { UpstreamHealth } from '../../src/upstreams/transport/upstream.health.js';
import { SimulatorControl } from '../support/vendors/simulator.control.js';
import { NO_LEDGER } from '../support/database/no.ledger.js';
import { Canaries } from './canaries.js';
import { ALL_HOSTILITIES, HostileUpstream } from './hostile.upstream.js';
import { leaksIn } from './needles.js';
import { testChannels } from '../upstreams/support/channels.js';

const CLIENT_ID = '4e8463569caf7ca019000007';

const TIMEOUTS = { attemptMs: 1_000, totalMs: 1_000 };

/** What HTTP libraries hang on errors: printing such an error prints the credential. */
const CARRIERS = ['config', 'request', 'response', 'headers', 'data', 'options', 'body'];

// No filter stands between here and the errors: they are clean by themselves.
describe('what an upstream call throws', () => {
  const canaries = new Canaries();
  const { spidClientSecret, import2ApiToken, destinationToken } = canaries;
  let simulator: Awaited<ReturnType<typeof startSpidSimulator>>;
  let upstream: HostileUpstream;
  let spid: SpidClients;
  let import2: Import2Clients;

  beforeAll(async () => {
    simulator = await startSpidSimulator({ port: 0 });
    const clientSecrets = [spidClientSecret];
    await new SimulatorControl(simulator).control('PUT', '/__clients', {
      clientId: CLIENT_ID,
      clientSecrets,
    });
    upstream = await HostileUpstream.before(simulator.url);
    const common = { baseUrl: upstream.url, timeouts: TIMEOUTS, connections: 2 };
    const client = {
      clientId: CLIENT_ID,
      clientSecret: new Secret(spidClientSecret),
      signedAnswers: 'accepted' as const,
      timeZone: 'UTC',
    };
    const tenant = {
      name: 't',
      spid: { ...common, ...client, cache: new SpidCache() },
      import2: { ...common, apiToken: new Secret(import2ApiToken) },
    };
    const source = new SettingsSource({
      tenants: new Map([['t', tenant]]),
      callers: [],
      issuers: [],
      ledger: NO_LEDGER,
      trustedProxies: [],
    });
    spid = new SpidClients(testChannels(source), source, new UpstreamHealth(), new Clock());
    import2 = new Import2Clients(testChannels(source), source, new UpstreamHealth());
  });

  afterAll(async () => {
    await Promise.all([spid.onApplicationShutdown(), import2.onApplicationShutdown()]);
    await Promise.all([upstream.close(), simulator.close()]);
  });

  it.each(ALL_HOSTILITIES)(
    'holds no credential, no request and nothing that the vendor wrote when it %s',
    async (kind) => {
      upstream.hostility = { kind, at: (path) => !path.startsWith('/oauth/token') };
      const migration = { sourceTool: 'wordpress', destinationToken: new Secret(destinationToken) };
      const thrown = await Promise.all([
        errorOf(spid.of('t').handOutVoucher('42', '1')),
        errorOf(spid.of('t').getProductAccess('42', '1337', { merchant: false })),
        errorOf(import2.of('t').startMigration(migration)),
        errorOf(import2.of('t').listTools()),
      ]);
      await new SimulatorControl(simulator).control('POST', '/__tokens/revoke');
      upstream.hostility = { kind, at: (path) => path.startsWith('/oauth/token') };
      thrown.push(await errorOf(spid.of('t').handOutVoucher('42', '1')));
      for (const error of thrown) {
        expect(error).toBeInstanceOf(UpstreamError);
        const { texts, objects } = contentsOf(error);
        const bytes = Buffer.from(texts.join('\n'));
        expect(leaksIn([{ name: 'error', bytes }], canaries.all())).toEqual([]);
        expect(objects.filter((each) => isAxiosError(each))).toEqual([]);
        expect(objects.flatMap((each) => CARRIERS.filter((name) => Object.hasOwn(each, name)))).toEqual([]);
      }
    },
  );
});

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Everything that can be reached from a value, hidden members included. */
function contentsOf(value: unknown): { readonly texts: string[]; readonly objects: object[] } {
  const objects = new Set<object>();
  const texts: string[] = [];
  const waiting = [value];
  while (waiting.length > 0) {
    const each = waiting.pop();
    if (typeof each === 'string') texts.push(each);
    if ((typeof each !== 'object' && typeof each !== 'function') || each === null || objects.has(each))
      continue;
    objects.add(each);
    for (const key of Reflect.ownKeys(each)) {
      texts.push(String(key));
      const { value: member } = Object.getOwnPropertyDescriptor(each, key) ?? {};
      if (typeof member !== 'function') waiting.push(member);
    }
  }
  return { texts, objects: [...objects] };
}
