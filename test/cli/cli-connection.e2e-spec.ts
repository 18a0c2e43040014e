import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway, type TestGateway } from '../support/gateway.js';
import { OPERATOR_KEY, withOperators } from '../support/operations.callers.js';
import { operations, withServer } from './cli.world.js';

let gateway: TestGateway;
let folder: string;
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway({ settings: withOperators });
  folder = mkdtempSync(join(tmpdir(), 'tollgate-cli-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await gateway.close();
});

describe('the connection to the gateway', () => {
  const LIST = ['list', '--limit', '1'];

  function keyFile(text: string): string {
    const path = join(folder, `key-${++keys}`);
    writeFileSync(path, text);
    return path;
  }

  it('takes the key from a file, which has precedence over the environment', async () => {
    const args = [...LIST, '--url', gateway.url, '--key-file', keyFile(`${OPERATOR_KEY}\n`)];
    expect((await operations(args, { GATEWAY_KEY: 'wrong' })).code).toBe(0);
  });

  it('requires a key, and lists the ways to pass one', async () => {
    const { code, err } = await operations([...LIST, '--url', gateway.url], {});
    expect(code).toBe(2);
    for (const way of ['--key-file', 'GATEWAY_KEY', 'tg_demo_full_access']) expect(err).toContain(way);
  });

  it.each([
    ['no such file', () => join(folder, 'nowhere')],
    ['an empty file', () => keyFile('')],
    ['two keys', () => keyFile('canary-one canary-two')],
  ])('names what is wrong with %s, without the key', async (_, path) => {
    const { code, out, err } = await operations([...LIST, '--key-file', path()], {});
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^--key-file refers to a/);
    expect(err).not.toContain('canary');
  });

  it('reports a key that is not valid', async () => {
    const { code, err } = await operations([...LIST, '--url', gateway.url], { GATEWAY_KEY: 'canary' });
    expect(code).toBe(1);
    expect(err).toContain('No valid key (401 unauthenticated)');
    expect(err).not.toContain('canary');
  });

  it.each([
    [['list', '--url', 'gateway.example.com']],
    [['list', '--url', 'ftp://127.0.0.1']],
    [['list', '--url', 'http://gateway.example.com']],
    [['list', '--url', 'https://user:secret@gateway.example.com']],
    [['list', '--url', 'https://gateway.example.com/v1']],
    [['list', '--tenant', 'a b']],
    [['list', '--sate', 'unknown']],
    [['list', 'extra']],
    [['show']],
    [['show', 'no-id']],
    [['show', '019cb8f']],
    [['list', '--from', 'yesterday']],
    [['list', '--to', '1w']],
    [['list', '--from', '5m', '--to', '1h']],
    [['list', '--from', '2026-01-02T00:00:00Z', '--to', '2026-01-02T01:00:00+01:00']],
    [['resolve', '--as-recommended', '--reason', 'because', '--from', '5m', '--to', '1h']],
    [['list', '--count-by', 'colour']],
    [['list', '--count-by', 'kind', '--limit', '1']],
    [['show', '../../health']],
    [['resolve', '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f', '--reason', 'because']],
    [['resolve', '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f', '--decision', 'executed']],
    [['resolve', '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f', '--decision', 'yes', '--reason', 'because']],
  ])('exits with 2, the error and one line, without a call: %j', async (args: string[]) => {
    const { code, out, err } = await operations(args, { GATEWAY_KEY: OPERATOR_KEY });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^error: .+\nHelp: tollgate operations (list|show|resolve) --help\n$/);
  });

  it('takes the address from GATEWAY_URL, and from --gateway before it', async () => {
    const environment = { GATEWAY_KEY: OPERATOR_KEY, GATEWAY_URL: gateway.url };
    expect((await operations(LIST, environment)).code).toBe(0);
    const elsewhere = { ...environment, GATEWAY_URL: 'http://127.0.0.1:9' };
    expect((await operations([...LIST, '--gateway', gateway.url], elsewhere)).code).toBe(0);
    const wrong = await operations(LIST, { ...environment, GATEWAY_URL: 'gateway.example.com' });
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/^error: GATEWAY_URL must /)]);
  });

  it('reports that the gateway cannot be reached', async () => {
    const url = await withServer(
      () => undefined,
      (free) => Promise.resolve(free),
    );
    const { code, err } = await operations([...LIST, '--url', url], { GATEWAY_KEY: OPERATOR_KEY });
    expect({ code, err }).toEqual({ code: 1, err: `${url} cannot be reached (ECONNREFUSED).\n` });
  });

  it('refuses the response of another program, or a redirect', async () => {
    await withServer(
      (_, response) => response.writeHead(302, { location: gateway.url }).end('<html>canary</html>'),
      async (url) => {
        const { code, out, err } = await operations([...LIST, '--url', url], { GATEWAY_KEY: OPERATOR_KEY });
        expect({ code, out }).toEqual({ code: 1, out: '' });
        expect(err).toBe(`The server at ${url} is not a Tollgate gateway (status 302).\n`);
      },
    );
  });

  it.each([
    [404, { type: 'error', message: 'Not Found' }],
    [404, { type: 'about:blank', title: 'Not Found', status: 404 }],
    [503, { type: 'https://proxy.example/problems/down', title: 'Down', status: 503, detail: 'canary' }],
    [404, { type: '/docs/problems/not-found' }],
  ])('refuses an error with status %d of another program: %j', async (status, body) => {
    await withServer(
      (_, response) => response.writeHead(status).end(JSON.stringify(body)),
      async (url) => {
        const { code, err } = await operations([...LIST, '--url', url], { GATEWAY_KEY: OPERATOR_KEY });
        expect([code, err]).toEqual([
          1,
          `The server at ${url} is not a Tollgate gateway (status ${status}).\n`,
        ]);
      },
    );
  });

  it('skips empty pages of a list that continues', async () => {
    const pages = [
      ['', 'a'],
      ['cursor=a', 'b'],
      ['cursor=b', null],
    ];
    const asked: string[] = [];
    await withServer(
      ({ url = '', method }, response) => {
        const { search } = new URL(url, 'http://gateway');
        if (method === 'GET') asked.push(search);
        const [, nextCursor] = pages.find(([query]) => search === (query ? `?${query}` : '')) ?? [];
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ items: [], nextCursor }));
      },
      async (url) => {
        const { code, out } = await operations(['list', '--url', url], { GATEWAY_KEY: OPERATOR_KEY });
        expect({ code, out }).toEqual({ code: 0, out: 'No operations.\n' });
      },
    );
    expect(asked).toEqual(['', '?cursor=a', '?cursor=b']);
  });

  it('reports that a decision without a response may be recorded', async () => {
    await withServer(
      (request) => request.socket.destroy(),
      async (url) => {
        const id = '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f';
        const decision = ['--decision', 'executed', '--reason', 'because', '--if-match', '*'];
        const args = ['resolve', id, ...decision, '--url', url];
        const { code, err } = await operations(args, { GATEWAY_KEY: OPERATOR_KEY });
        expect(code).toBe(1);
        expect(err).toContain('returned no readable response');
        expect(err).toContain('may or may not be recorded');
        expect(err).toContain(`tollgate operations show ${id}`);
      },
    );
  });
});
