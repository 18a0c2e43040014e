import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { knownSecrets } from '../../../src/config/secrets/known.secrets.js';
import { Secret } from '../../../src/config/secrets/secret.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';

/* oxlint-disable typescript/no-explicit-any, typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-call, typescript/no-unsafe-argument, typescript/no-unsafe-return -- a document of any shape */

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

/** What the page in a browser of this gateway passes to the library that renders it, and does with it. */
async function openPage(gateway: TestGateway) {
  const { text } = await gateway.call('GET', '/docs/swagger-ui-init.js', { key: null });
  const authorized: string[][] = [];
  const window: any = { location: { search: '', origin: gateway.url } };
  let passed: any;
  const SwaggerUIBundle: any = (options: unknown) => {
    passed = options;
    return { preauthorizeApiKey: (...key: string[]) => authorized.push(key) };
  };
  Object.assign(SwaggerUIBundle, { presets: {}, plugins: {} });
  const fetchHere = (path: string, init: RequestInit) => fetch(gateway.url + path, init);
  runInContext(
    text,
    createContext({
      window,
      SwaggerUIBundle,
      SwaggerUIStandalonePreset: {},
      fetch: fetchHere,
      JSON,
      Object,
      String,
    }),
  );
  window.onload();
  const loaded = await fetch(`${gateway.url}/docs/openapi.json`);
  const response = { url: loaded.url, ok: true, text: await loaded.text() };
  const document = JSON.parse((await passed.responseInterceptor(response)).text);
  passed.onComplete();
  return { passed, document, authorized };
}

/** The request that "Try it out, Execute" sends at the first click. */
function firstClick(document: any, path: string, operation: any) {
  const resolved = (node: any): any =>
    node?.$ref
      ? resolved(
          node.$ref
            .slice(2)
            .split('/')
            .reduce((at: any, name: string) => at[name], document),
        )
      : node;
  const sample = (given: any): unknown => {
    const schema = resolved(given);
    if (schema.example !== undefined) return schema.example;
    if (schema.properties) {
      return Object.fromEntries(
        Object.entries<any>(schema.properties).map(([name, property]) => [name, sample(property)]),
      );
    }
    if (schema.enum) return schema.enum[0];
    return sample(schema.allOf?.[0] ?? schema.anyOf?.[0] ?? schema.oneOf?.[0] ?? { example: 'string' });
  };
  const headers: Record<string, string> = {};
  const query = new URLSearchParams();
  let filled = path;
  for (const { in: place, name, schema } of (operation.parameters ?? []).map(resolved)) {
    const value = resolved(schema).example;
    if (value === undefined) continue;
    if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(value));
    if (place === 'header') headers[name] = value;
    if (place === 'query') query.set(name, value);
  }
  const body = resolved(operation.requestBody)?.content['application/json'];
  return {
    path: query.size > 0 ? `${filled}?${query.toString()}` : filled,
    headers,
    ...(body && { body: Object.values<any>(body.examples ?? {})[0]?.value ?? sample(body.schema) }),
  };
}

describe('/docs in a demo', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ demo: true });
  });

  afterAll(() => gateway.close());

  it('knows the demo keys and has the name of the gateway', async () => {
    const { passed, document, authorized } = await openPage(gateway);
    expect(authorized).toEqual([['key', 'tg_demo_full_access']]);
    expect(document.components.securitySchemes.key.description).toContain(
      'Keys of this demo: `tg_demo_full_access` (everything), `tg_demo_read_only` (reads).',
    );
    expect(passed).toMatchObject({ layout: 'BaseLayout', persistAuthorization: false, validatorUrl: null });
    const { text } = await gateway.call('GET', '/docs', { key: null });
    expect(text).toContain('<title>Tollgate API</title>');
    expect(text).not.toMatch(/favicon-\d/);
    const icon = await gateway.call('GET', '/docs/favicon.svg', { key: null });
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  });

  it('has examples with which every operation works at the first click', async () => {
    const { document } = await openPage(gateway);
    // What has a state against it is refused for it, and Import2 alone can sign.
    const expected: Record<string, number> = {
      probeOperation: 409,
      resolveOperation: 409,
      receiveMigrationEvent: 401,
    };
    const refused: unknown[] = [];
    for (const [path, item] of Object.entries<any>(document.paths)) {
      for (const [method, operation] of Object.entries<any>(item)) {
        const click = firstClick(document, path, operation);
        const { status, text } = await gateway.call(method.toUpperCase(), click.path, click);
        const ok =
          operation.operationId in expected ? status === expected[operation.operationId] : status < 300;
        if (!ok) refused.push([method, click.path, status, text]);
      }
    }
    expect(refused).toEqual([]);
  });
});

describe('/docs of a gateway that is no demo', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterAll(() => gateway.close());

  it('knows no key and remembers none', async () => {
    const { passed, document, authorized } = await openPage(gateway);
    expect(authorized).toEqual([]);
    expect(passed).toMatchObject({ persistAuthorization: false, demoKeys: [] });
    expect(JSON.stringify(document) + JSON.stringify(passed)).not.toContain('tg_demo');
    const { text } = await gateway.call('GET', '/docs/swagger-ui-init.js', { key: null });
    expect(text).not.toContain('tg_demo');
  });

  it('leaves optional parameters empty and shows their examples', async () => {
    const { document } = await openPage(gateway);
    const parameters = document.paths['/v1/operations'].get.parameters;
    const cursor = parameters.find(({ name }: any) => name === 'cursor');
    expect(cursor.schema.example).toBeUndefined();
    expect(cursor.description).toMatch(/ Example: `[\w-]+`\.$/);
  });

  it('names the scope of every operation, or that it needs no key', async () => {
    const { body: document } = await gateway.call('GET', '/openapi.json', { key: null });
    const sentences = Object.entries<any>(document.paths).flatMap(([path, item]) =>
      Object.entries<any>(item).map(([method, { description, security }]) => {
        const scopes = security.flatMap((each: any) => each.key);
        const sentence = scopes.length > 0 ? `Scope: \`${scopes}\`.` : 'Needs no key.';
        return [`${method} ${path}`, description.endsWith(`\n\n${sentence}`)];
      }),
    );
    expect(sentences.filter(([, isNamed]) => !isNamed)).toEqual([]);
    expect(document.paths['/v1/voucher-handouts'].post.security).toEqual([{ key: ['vouchers:handout'] }]);
    const { body: older } = await gateway.call('GET', '/openapi-3.0.json', { key: null });
    expect(older.paths['/v1/voucher-handouts'].post.security).toEqual([{ key: [] }]);
    expect(document.info.description).toContain('[all problems](/docs/problems)');
  });

  it('is where / leads', async () => {
    const { status, headers, text } = await gateway.call('GET', '/', { key: null });
    expect([status, headers.get('location'), headers.get('content-type')]).toEqual([
      302,
      '/docs',
      'text/plain; charset=utf-8',
    ]);
    expect(text).toContain('/docs');
    expect((await gateway.call('HEAD', '/', { key: null })).status).toBe(302);
    expect((await gateway.call('POST', '/', { key: null })).status).toBe(405);
  });

  it.each(['/docs/problems', '/docs/problems/voucher-unavailable'])(
    'serves %s as HTML to browsers and as plain text to others',
    async (path) => {
      const html = await gateway.call('GET', path, { key: null, headers: BROWSER });
      expect(html.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(html.headers.get('vary')).toBe('accept');
      expect(html.headers.get('content-security-policy')).toContain("script-src 'self'");
      expect(html.text).toContain('<code>voucher-unavailable</code>, status 409');
      expect(html.text).not.toMatch(/<script|https?:|`/);
      for (const accept of ['*/*', 'text/plain', 'text/html;q=0', 'application/json']) {
        const plain = await gateway.call('GET', path, { key: null, headers: { accept } });
        expect([accept, plain.headers.get('content-type')]).toEqual([accept, 'text/plain; charset=utf-8']);
        expect(plain.text).toContain('voucher-unavailable (409)\n');
      }
      const headers = { ...BROWSER, 'if-none-match': html.headers.get('etag') ?? '' };
      expect((await gateway.call('GET', path, { key: null, headers })).status).toBe(304);
    },
  );

  it('serves a page to browsers, and a problem to others, for a problem that does not exist', async () => {
    const read = (slug: string, accept: string) =>
      gateway.call('GET', `/docs/problems/${slug}`, { key: null, headers: { accept } });
    const html = await read('voucher-unavailabel', BROWSER.accept);
    expect([html.status, html.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect([html.headers.get('vary'), html.headers.get('etag')]).toEqual(['accept', null]);
    expect(html.text).toContain('Did you mean <a href="/docs/problems/voucher-unavailable">');
    const hostile = await read('%3Cscript%3E', BROWSER.accept);
    expect([hostile.status, hostile.text]).toEqual([404, expect.stringContaining('href="/docs/problems"')]);
    expect(hostile.text).not.toMatch(/<script|Did you mean/);
    const problem = await read('voucher-unavailabel', '*/*');
    expect([problem.status, problem.body.type, problem.body.detail]).toEqual([
      404,
      '/docs/problems/route-not-found',
      'There is no such problem. Did you mean voucher-unavailable?',
    ]);
    expect((await read('nothing', 'application/json')).body.detail).toBe('There is no such problem.');
  });
});

describe('the files of Swagger UI', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterAll(() => gateway.close());

  it('are served as they are in its package, and not searched for secrets', async () => {
    knownSecrets.learn('a word of the files', new Secret('dialog-ux .backdrop-ux'));
    const require = createRequire(import.meta.url);
    for (const name of ['index.css', 'swagger-ui.css', 'swagger-ui-bundle.js']) {
      const { headers, text } = await gateway.call('GET', `/docs/${name}`, { key: null });
      const file = await readFile(require.resolve(`swagger-ui-dist/${name}`), 'utf8');
      expect([name, text === file]).toEqual([name, true]);
      expect(headers.get('content-length')).toBe(String(Buffer.byteLength(file)));
    }
  });
});
