import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TestAuthority } from '../support/network/certificates.js';
import { giveJson, RawUpstream, ScriptedUpstream } from './scripted.upstream.js';

const LOADER = new URL('../support/runner/typescript.loader.mjs', import.meta.url).href;
const ONE_CALL = fileURLToPath(new URL('./support/one.call.ts', import.meta.url));

// In another process: Node.js does not read the copy of the environment that Jest gives to tests.
describe('the connection to an upstream', () => {
  const authority = new TestAuthority();
  let folder: string;
  let caFile: string;
  let server: HttpsServer | undefined;
  let requests: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-tls-'));
    caFile = join(folder, 'authority.pem');
    await writeFile(caFile, authority.certificate);
  });

  beforeEach(() => {
    requests = 0;
  });

  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function serve(options: TlsOptions): Promise<string> {
    server = createServer(options, (_request, response) => {
      requests += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function call(args: string[], env: NodeJS.ProcessEnv = {}, flags: string[] = []): Promise<string> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...flags, '--no-warnings', '--import', LOADER, ONE_CALL, ...args],
      { env: { PATH: process.env['PATH'], ...env } },
    );
    return stdout;
  }

  it('trusts the CA in the settings', async () => {
    expect(await call([await serve(authority.issue('127.0.0.1')), caFile])).toBe('status 200');
  });

  it.each([
    ['unknown to the public', '127.0.0.1', {}, false],
    [
      'of an unknown CA, although the environment disables verification',
      '127.0.0.1',
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      false,
    ],
    ['of another host', '127.0.0.2', {}, true],
    [
      'of another host, although the environment disables verification',
      '127.0.0.2',
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      true,
    ],
  ])('is refused, with nothing sent, for a certificate %s', async (_what, address, env, trusted) => {
    const output = await call([await serve(authority.issue(address)), ...(trusted ? [caFile] : [])], env);
    expect(output).toMatch(
      /^NotSentError the TLS connection failed \((UNABLE_TO_VERIFY_LEAF_SIGNATURE|ERR_TLS_CERT_ALTNAME_INVALID)\)$/,
    );
    expect(requests).toBe(0);
  });

  it('trusts no public CA when the settings name a private one', async () => {
    const other = new TestAuthority();
    const publicFile = join(folder, 'public.pem');
    await writeFile(publicFile, other.certificate);
    const url = await serve(other.issue('127.0.0.1'));
    expect(await call([url], { NODE_EXTRA_CA_CERTS: publicFile })).toBe('status 200');
    expect(await call([url, caFile], { NODE_EXTRA_CA_CERTS: publicFile })).toMatch(/^NotSentError/);
  });

  it('is refused below TLS 1.2, even if the command line allows it', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const url = await serve({ ...authority.issue('127.0.0.1'), ...old });
    const lax = ['--tls-min-v1.0', '--tls-cipher-list=DEFAULT@SECLEVEL=0'];
    expect(await call([url, caFile], {}, lax)).toMatch(/^NotSentError/);
    expect(requests).toBe(0);
  });

  it('ignores the proxies in the environment', async () => {
    const proxy = new RawUpstream((socket) => socket.end('HTTP/1.1 502 proxied\r\n\r\n'));
    const upstream = new ScriptedUpstream((_request, response) => giveJson(response, 200, {}));
    const [proxyUrl, origin] = [await proxy.start(), await upstream.start()];
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];
    const env = Object.fromEntries(names.map((name) => [name, proxyUrl]));
    try {
      expect(await call([origin], env)).toBe('status 200');
      expect(await call([origin], { ...env, NODE_USE_ENV_PROXY: '1' })).toBe('status 200');
      expect(proxy.connections).toBe(0);
      expect(upstream.seen).toHaveLength(2);
    } finally {
      await Promise.all([proxy.close(), upstream.close()]);
    }
  });
});
