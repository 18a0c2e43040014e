import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import { Secret } from '../../src/config/secrets/secret.js';
import type { Import2Settings } from '../../src/config/settings/import2.settings.js';
import type { Settings } from '../../src/config/settings/settings.js';
import { SettingsSource } from '../../src/config/settings/settings.source.js';
import { NO_LEDGER } from '../support/database/no.ledger.js';
import { Import2Clients } from '../../src/upstreams/import2/import2.clients.js';
import { UpstreamHealth } from '../../src/upstreams/transport/upstream.health.js';
import { testChannels } from './support/channels.js';

interface Heard {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A vendor with scripted responses that records its requests. */
class ScriptedVendor {
  readonly heard: Heard[] = [];
  response: { status: number; body?: string; headers?: Record<string, string> } = { status: 200, body: '[]' };
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      this.heard.push({ line: `${method} ${url}`, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(this.response.status, this.response.headers).end(this.response.body ?? '');
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let vendor: ScriptedVendor;
let clients: Import2Clients;

function settingsOf(import2: Import2Settings): Settings {
  const tenants = new Map([
    ['demo', { name: 'demo', import2 }],
    ['other', { name: 'other', import2: { ...import2, apiToken: new Secret('other-token') } }],
    ['spid-only', { name: 'spid-only' }],
  ]);
  return { tenants, callers: [], issuers: [], ledger: NO_LEDGER, trustedProxies: [] };
}

beforeEach(async () => {
  vendor = new ScriptedVendor();
  const settings = settingsOf({
    baseUrl: `${await vendor.listen()}/api/sandbox`,
    apiToken: new Secret('demo-token'),
    timeouts: { attemptMs: 2_000, totalMs: 4_000 },
    connections: 2,
  });
  const source = new SettingsSource(settings);
  clients = new Import2Clients(testChannels(source), source, new UpstreamHealth());
});

afterEach(async () => {
  await clients.onApplicationShutdown();
  await vendor.close();
});

describe('the requests of Import2Client', () => {
  it('sends a create as documented, with only the given properties', async () => {
    vendor.response = {
      status: 201,
      body: '{"id":"1","token":"t","redirect_url":"https://vendor.example/1"}',
    };
    const client = clients.of('demo');
    await client.startMigration({ sourceTool: 'tumblr', destinationToken: new Secret('customer') });
    const [heard] = vendor.heard;
    expect(heard?.line).toBe('POST /api/sandbox/imports');
    expect(heard?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('demo-token:X').toString('base64')}`,
      'content-type': 'application/json',
    });
    expect(JSON.parse(heard?.body ?? '')).toEqual({ source_tool: 'tumblr', destination_token: 'customer' });
  });

  it('sends a payment without a body', async () => {
    vendor.response = { status: 200 };
    await clients.of('demo').acceptPayment('mig-1');
    expect(vendor.heard).toMatchObject([
      { line: 'POST /api/sandbox/imports/mig-1/payment/accept', body: '' },
    ]);
    expect(vendor.heard[0]?.headers['content-length']).toBe('0');
  });

  it('uses the token of each tenant', async () => {
    await clients.of('demo').listTools();
    await clients.of('other').listTools();
    const names = vendor.heard.map(({ headers }) =>
      Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString(),
    );
    expect(names).toEqual(['demo-token:X', 'other-token:X']);
  });

  it('has one client per tenant', () => {
    expect(clients.of('demo')).toBe(clients.of('demo'));
    expect(clients.of('demo')).not.toBe(clients.of('other'));
  });

  it.each(['spid-only', 'nobody', 'constructor'])('refuses the tenant %s without a request', (tenant) => {
    expect(() => clients.of(tenant)).toThrow(expect.objectContaining({ name: 'MisconfiguredError' }));
  });

  it('cannot be directed to another path by an id or a user name', async () => {
    vendor.response = { status: 200, body: '{"id":"1"}' };
    await clients.of('demo').getMigration('a/../b?c');
    vendor.response = { status: 200, body: '[]' };
    await clients.of('demo').findMigrations('x&destination_username=y');
    expect(vendor.heard.map(({ line }) => line)).toEqual([
      'GET /api/sandbox/imports/a%2F..%2Fb%3Fc',
      'GET /api/sandbox/imports?destination_username=x%26destination_username%3Dy',
    ]);
  });

  it('never follows a redirect', async () => {
    vendor.response = { status: 302, headers: { location: '/api/sandbox/tools' } };
    await expect(clients.of('demo').listTools()).rejects.toMatchObject({ kind: 'garbled' });
    expect(vendor.heard).toHaveLength(1);
  });

  it('Import2 F31: reports a 422 without an error as garbled', async () => {
    vendor.response = { status: 422, body: '{"source_tool":[],"destination_token":[]}' };
    await expect(clients.of('demo').startMigration({ sourceTool: 'tumblr' })).rejects.toMatchObject({
      name: 'NoTrustworthyResponseError',
      kind: 'garbled',
    });
    expect(vendor.heard).toHaveLength(1);
  });

  it('refuses a redirect URL that is not https', async () => {
    vendor.response = {
      status: 201,
      body: '{"id":"1","token":"t","redirect_url":"http://vendor.example/1"}',
    };
    await expect(clients.of('demo').startMigration({ sourceTool: 'tumblr' })).rejects.toMatchObject({
      kind: 'garbled',
    });
  });

  it('Import2 F32: reports a numeric id as garbled: ids are strings', async () => {
    vendor.response = { status: 200, body: '{"id":789123,"status":"In preparation"}' };
    await expect(clients.of('demo').getMigration('789123')).rejects.toMatchObject({ kind: 'garbled' });
  });

  it.each([
    [400, 'RejectedError'],
    [401, 'MisconfiguredError'],
    [404, 'MissingError'],
    [429, 'ThrottledError'],
    [500, 'NoTrustworthyResponseError'],
  ])('reads a %i with a foreign page as %s, without quoting the page', async (status, name) => {
    vendor.response = { status, body: '<html>canary-page</html>', headers: { 'content-type': 'text/html' } };
    const error = (await clients
      .of('demo')
      .rejectPayment('mig-1')
      .catch((each: unknown) => each)) as Error;
    expect(error).toMatchObject({ name });
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('canary-page');
    expect(vendor.heard).toHaveLength(1);
  });
});
