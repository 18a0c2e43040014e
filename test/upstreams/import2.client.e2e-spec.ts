import { openAccount } from './support/open.budget.js';
import { create } from 'axios';
import { Secret } from '../../src/config/secrets/secret.js';
import { startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import { Import2Client } from '../../src/upstreams/import2/import2.client.js';
import { AXIOS_SETTINGS } from '../../src/upstreams/transport/socket/prepared.axios.js';
import { UpstreamChannel } from '../../src/upstreams/transport/upstream.channel.js';
import { UpstreamHealth } from '../../src/upstreams/transport/upstream.health.js';
import { SimulatorControl } from '../support/vendors/simulator.control.js';

const API_TOKEN = 'aafbdfde226327dafc73';
const TIMEOUTS = { attemptMs: 2_000, totalMs: 4_000 };

let clock = Date.now();
let import2: SimulatorControl;
let clients: Import2Client[];

/** A client of the simulator with the given base URL. */
function clientOf({ version = 'v2.1', apiToken = API_TOKEN, timeouts = TIMEOUTS } = {}): Import2Client {
  const state = new UpstreamHealth().of('demo', 'import2');
  const baseUrl = `${import2.url}/api/${version}`;
  const options = {
    upstream: 'import2' as const,
    baseUrl,
    connections: 4,
    timeouts,
    state,
    account: openAccount(),
  };
  const client = new Import2Client(
    new UpstreamChannel(create(AXIOS_SETTINGS), options),
    new Secret(apiToken),
    () => 'import2:account',
  );
  clients.push(client);
  return client;
}

beforeEach(async () => {
  clients = [];
  // Every reading of the clock is a second later, so that only the test about the limit reaches it.
  const now = () => (clock += 1_000);
  import2 = new SimulatorControl(await startImport2Simulator({ port: 0, stepMs: Infinity, now }));
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await import2.close();
});

describe('Import2Client', () => {
  it('lists the tools', async () => {
    const tools = await clientOf().listTools();
    expect(tools).toContainEqual({ name: 'wordpress', label: 'Wordpress' });
  });

  it('Import2 F32: starts a migration and returns the redirect URL, but no token', async () => {
    const started = await clientOf().startMigration({
      sourceTool: 'wordpress',
      destinationInstanceUrl: 'https://acme.example/',
      destinationUsername: 'anna@acme.example',
      destinationToken: new Secret('customer-token'),
      startFull: true,
    });
    const [effect, ...others] = await import2.effects('imports_create');
    expect(others).toEqual([]);
    expect(effect).toMatchObject({ migrationId: started.id, destinationUsername: 'anna@acme.example' });
    expect(Object.keys(started).toSorted()).toEqual(['id', 'redirectUrl']);
    expect(new URL(started.redirectUrl).protocol).toBe('https:');
  });

  it('sends start_full', async () => {
    const client = clientOf();
    const { id } = await client.startMigration({ sourceTool: 'wordpress', startFull: true });
    await import2.control('POST', `/__migrations/${id}/advance`);
    await expect(client.getMigration(id)).resolves.toMatchObject({ status: 'in_preparation' });
  });

  it('Import2 F38: finds a migration by its destination username, and only by that', async () => {
    const client = clientOf();
    const { id } = await client.startMigration({
      sourceTool: 'tumblr',
      destinationUsername: 'a+b c@acme.example',
    });
    await client.startMigration({ sourceTool: 'tumblr' });
    const found = await client.findMigrations('a+b c@acme.example');
    expect(found.map((each) => each.id)).toEqual([id]);
    await expect(client.findMigrations('nobody@acme.example')).resolves.toEqual([]);
  });

  it.each(['v2.1', 'v2'])(
    'Import2 F29: reads the same status in the wording of %s',
    async (statusGeneration) => {
      await import2.control('PUT', '/__quirks', { statusGeneration, countsBeforeRead: 'absent' });
      const client = clientOf();
      const { id } = await client.startMigration({ sourceTool: 'tumblr' });
      await expect(client.getMigration(id)).resolves.toEqual({
        id,
        status: 'collecting_credentials',
        upstreamStatus: statusGeneration === 'v2' ? 'Collecting Credentials' : 'Collecting credentials',
        items: null,
        users: null,
      });
      for (const status of ['waiting_for_sample', 'sample_in_progress', 'sample_completed', 'in_progress']) {
        await import2.control('POST', `/__migrations/${id}/advance`);
        await expect(client.getMigration(id)).resolves.toMatchObject({ status });
      }
      await expect(client.getMigration(id)).resolves.toMatchObject({
        items: { accounts: expect.any(Number) },
        users: { sourceTool: expect.any(Number), destinationTool: expect.any(Number) },
      });
    },
  );

  it('Import2 F30: accepts and rejects a payment with an empty response', async () => {
    const client = clientOf();
    const { id } = await client.startMigration({ sourceTool: 'tumblr' });
    await expect(client.acceptPayment(id)).resolves.toBeUndefined();
    await expect(client.rejectPayment(id)).resolves.toBeUndefined();
    const effects = await import2.effects();
    expect(effects.slice(1)).toMatchObject([
      { operation: 'payment_accept', migrationId: id },
      { operation: 'payment_reject', migrationId: id },
    ]);
  });

  it('Import2 F30: takes an empty 404 as a missing migration', async () => {
    const missing = { name: 'MissingError', missing: 'migration' };
    const client = clientOf();
    await expect(client.getMigration('none')).rejects.toMatchObject(missing);
    await expect(client.acceptPayment('none')).rejects.toMatchObject(missing);
    await expect(client.rejectPayment('none')).rejects.toMatchObject(missing);
  });

  it('Import2 F33: throws MissingError for a cancelled migration', async () => {
    const client = clientOf();
    const { id } = await client.startMigration({ sourceTool: 'tumblr', destinationUsername: 'eva' });
    await import2.control('POST', `/__migrations/${id}/cancel`);
    await expect(client.getMigration(id)).rejects.toMatchObject({ name: 'MissingError' });
    await expect(client.findMigrations('eva')).resolves.toEqual([]);
  });

  it('Import2 F31: reports refused fields with our texts', async () => {
    const refused = clientOf().startMigration({
      sourceTool: 'abacus',
      destinationToken: new Secret('refused'),
    });
    await expect(refused).rejects.toMatchObject({
      name: 'RejectedError',
      fields: [
        { pointer: '/sourceTool', detail: 'is not supported' },
        { pointer: '', detail: 'the destination account could not be accessed' },
      ],
    });
    await expect(import2.effects()).resolves.toEqual([]);
  });

  it('Import2 F39: uses the sandbox, where a created migration need not be readable', async () => {
    const sandbox = clientOf({ version: 'sandbox' });
    const { id } = await sandbox.startMigration({ sourceTool: 'tumblr' });
    const read = await sandbox.getMigration(id);
    expect(read.id).not.toBe(id);
    await expect(sandbox.acceptPayment(id)).resolves.toBeUndefined();
    await expect(import2.effects()).resolves.toEqual([]);
  });

  it('throws MisconfiguredError for a refused API token, without the token', async () => {
    const refused = clientOf({ apiToken: 'canary-api-token' }).listTools();
    const error = (await refused.catch((each: unknown) => each)) as Error;
    expect(error).toMatchObject({ name: 'MisconfiguredError' });
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('canary-api-token');
  });

  it('throws MisconfiguredError for a base URL without these endpoints', async () => {
    const client = clientOf({ version: 'v9' });
    await expect(client.listTools()).rejects.toMatchObject({ name: 'MisconfiguredError' });
    await expect(client.startMigration({ sourceTool: 'tumblr' })).rejects.toMatchObject({
      name: 'MisconfiguredError',
    });
  });

  it('Import2 F36: takes a 429 as "not executed" and does not retry', async () => {
    const client = clientOf();
    await import2.fault('imports_create', 'status-429');
    await expect(client.startMigration({ sourceTool: 'tumblr' })).rejects.toMatchObject({
      name: 'ThrottledError',
      retryAfterSeconds: 1,
    });
    await expect(import2.effects()).resolves.toEqual([]);
    await expect(client.startMigration({ sourceTool: 'tumblr' })).resolves.toBeDefined();
  });

  it.each(['reset-after', 'garbled', 'truncated'])(
    'Import2 F17: does not retry a create whose response is lost by %s',
    async (kind) => {
      const client = clientOf();
      await import2.fault('imports_create', kind);
      await expect(client.startMigration({ sourceTool: 'tumblr' })).rejects.toMatchObject({
        name: 'NoTrustworthyResponseError',
      });
      await expect(import2.effects('imports_create')).resolves.toHaveLength(1);
    },
  );

  it.each(['reset-after', 'garbled', 'truncated'])(
    'Import2 F30: does not take a payment as accepted when its empty response is lost by %s',
    async (kind) => {
      const client = clientOf();
      const { id } = await client.startMigration({ sourceTool: 'tumblr' });
      await import2.fault('payment_accept', kind);
      await expect(client.acceptPayment(id)).rejects.toMatchObject({ name: 'NoTrustworthyResponseError' });
      await expect(import2.effects('payment_accept')).resolves.toHaveLength(1);
    },
  );

  it('times out on a create that hangs after it was executed, without a retry', async () => {
    const client = clientOf({ timeouts: { attemptMs: 200, totalMs: 1_000 } });
    await import2.fault('imports_create', 'hang-after');
    await expect(client.startMigration({ sourceTool: 'tumblr' })).rejects.toMatchObject({ kind: 'lost' });
    await expect(import2.effects('imports_create')).resolves.toHaveLength(1);
  });

  it('retries a lost read', async () => {
    await import2.fault('tools_list', 'status-503');
    await expect(clientOf().listTools()).resolves.not.toEqual([]);
  });

  it('reports an unreadable response to a read as garbled', async () => {
    await import2.fault('tools_list', 'garbled');
    await expect(clientOf().listTools()).rejects.toMatchObject({ kind: 'garbled' });
  });
});
