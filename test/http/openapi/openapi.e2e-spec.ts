import { bundleFromString, createConfig, lintFromString } from '@redocly/openapi-core';
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { PROBLEMS } from '../../../src/http/problems/problem.types.js';
import { problemTypeOf } from '../../../src/http/problems/problem.body.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { createDocument } from './generator/openapi.document.js';

const COPY = new URL('../../../src/http/openapi/openapi.json', import.meta.url);

/* oxlint-disable typescript/no-explicit-any -- the document is JSON of many shapes */
describe('the OpenAPI document', () => {
  let gateway: TestGateway;
  let declared: any;
  let document: any;

  beforeAll(async () => {
    gateway = await startGateway();
    declared = JSON.parse(JSON.stringify(createDocument(gateway.app)));
    // Before the gateway reads it.
    if (process.env['UPDATE_OPENAPI']) await writeFile(COPY, await formatted(declared));
    document = (await gateway.call('GET', '/openapi.json', { key: null })).body;
  });

  afterAll(() => gateway.close());

  const operations = (): { name: string; operation: any }[] =>
    Object.entries<any>(document.paths).flatMap(([path, item]) =>
      Object.entries<any>(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
    );

  const resolved = (node: any): any =>
    typeof node?.$ref === 'string'
      ? node.$ref
          .slice(2)
          .split('/')
          .reduce((part: any, key: string) => part[key], document)
      : node;

  it('is what the decorators declare (UPDATE_OPENAPI=1 writes it)', async () => {
    expect(document).toEqual(declared);
    expect(JSON.parse(await readFile(COPY, 'utf8'))).toEqual(declared);
  });

  it.each(['/openapi.json', '/openapi-3.0.json'])("passes a public linter's rules at %s", async (path) => {
    const config = await createConfig({
      extends: ['recommended-strict'],
      rules: {
        'no-invalid-schema-examples': 'error',
        'no-invalid-parameter-examples': 'error',
        'operation-4xx-response': 'error',
      },
    });
    const source = (await gateway.call('GET', path, { key: null })).text;
    const findings = await lintFromString({ source, config });
    expect(
      findings.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
    ).toEqual([]);
    const { problems } = await bundleFromString({ source, config });
    expect(problems).toEqual([]);
  });

  it('is OpenAPI 3.1 without keywords of 3.0', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(JSON.stringify(document)).not.toContain('"nullable"');
  });

  it('has a twin in OpenAPI 3.0.3 without keywords of 3.1', async () => {
    const { body: twin } = await gateway.call('GET', '/openapi-3.0.json', { key: null });
    expect(twin.openapi).toBe('3.0.3');
    expect(Object.keys(twin.paths)).toEqual(Object.keys(document.paths));
    expect(Object.keys(twin.components.schemas)).toEqual(Object.keys(document.components.schemas));
    expect(JSON.stringify(twin)).not.toMatch(/"type":(\[|"null")/);
    const scopes = (each: any): string[] => each.paths['/v1/voucher-handouts'].post.security[0].key;
    expect([scopes(document), scopes(twin)]).toEqual([['vouchers:handout'], []]);
    expect(twin.components.schemas.OperationDto.properties.outcome).toMatchObject({
      type: 'string',
      nullable: true,
      allOf: [{ $ref: '#/components/schemas/OperationOutcome' }],
    });
  });

  it('has an address that generated clients can use, and one on the page that works there', async () => {
    expect(document.servers[0]).toMatchObject({ url: 'https://{host}', variables: { host: {} } });
    const { body: page } = await gateway.call('GET', '/docs/openapi.json', { key: null });
    expect(page.servers).toEqual([expect.objectContaining({ url: '/' })]);
    expect({ ...page, servers: null }).toEqual({ ...document, servers: null });
  });

  it('marks what operators and vendors call as internal, and nothing else', () => {
    const internal = operations().filter(({ operation }) => operation['x-internal']);
    expect(internal.map(({ name }) => name).toSorted()).toEqual([
      'get /health/live',
      'get /health/ready',
      'get /health/upstreams',
      'get /metrics',
      'post /webhooks/import2/{tenant}',
    ]);
  });

  it('names every schema of an object or a choice, for generated clients would invent a name', () => {
    const nameless: string[] = [];
    for (const [name, schema] of Object.entries<any>(document.components.schemas)) {
      visit(schema.properties, (node, path) => {
        if (node.oneOf || (node.properties && path !== '')) nameless.push(`${name}${path}`);
      });
    }
    expect(nameless).toEqual([]);
    expect(document.components.schemas.ItemCounts.additionalProperties).toMatchObject({ format: 'int64' });
    expect(document.components.schemas.ImportToken.oneOf[1].format).toBe('int64');
    expect(Object.keys(document.components.schemas.OperationEvidenceDto.properties.seen).toSorted()).toEqual([
      'description',
      'example',
    ]);
  });

  it('documents every operation once, with tag, summary, description and a success', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { name, operation } of operations()) {
      expect({ name, ...operation }).toMatchObject({
        name,
        operationId: expect.stringMatching(/^[a-z]+[A-Za-z]+$/),
        tags: [expect.any(String)],
        summary: expect.stringMatching(/.{5}/),
        description: expect.stringMatching(/.{20}/),
      });
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
    }
  });

  it('documents every path parameter with its meaning and its maximum length', () => {
    const parameters = operations().flatMap(({ name, operation }) =>
      (operation.parameters ?? [])
        .filter((each: any) => each.in === 'path')
        .map((each: any) => ({ name, ...each })),
    );
    expect(parameters.length).toBeGreaterThan(15);
    for (const parameter of parameters) {
      expect(parameter).toMatchObject({
        description: expect.stringMatching(/.{5}/),
        schema: { type: 'string', maxLength: expect.any(Number) },
      });
    }
  });

  it('documents every problem somewhere, and none that does not exist', () => {
    const documented = new Set<string>();
    for (const { operation } of operations()) {
      for (const response of Object.values<any>(operation.responses).map(resolved)) {
        for (const slug of Object.keys(response.content?.['application/problem+json']?.examples ?? {})) {
          documented.add(slug);
        }
      }
    }
    expect([...documented].toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
    expect(problemTypeOf('forbidden')).toBe('/docs/problems/forbidden');
  });

  it('documents the problems of every route, also for statuses that it does not name', () => {
    for (const { name, operation } of operations()) {
      for (const [range, pattern] of [
        ['4XX', /route-not-found/],
        ['5XX', /internal-error/],
      ] as const) {
        const { description, content } = resolved(operation.responses[range]);
        expect([name, description]).toEqual([name, expect.stringMatching(pattern)]);
        expect(content['application/problem+json'].schema.$ref).toBe('#/components/schemas/Problem');
      }
    }
  });

  it('describes each header that responses share once, and names the headers of each response', () => {
    const headers = (id: string, status: string): string[] => {
      const { operation } = operations().find((each) => each.operation.operationId === id) ?? {};
      return Object.keys(resolved(operation.responses[status]).headers).toSorted();
    };
    const limited = ['RateLimit', 'RateLimit-Policy'];
    expect(headers('handOutVoucher', '201')).toEqual(
      ['Idempotent-Replayed', 'Location', ...limited, 'X-Request-Id'].toSorted(),
    );
    expect(headers('checkEntitlement', '200')).toEqual(
      ['Age', 'Cache-Status', ...limited, 'X-Request-Id'].toSorted(),
    );
    expect(headers('checkLiveness', '200')).toEqual(['X-Request-Id']);
    expect(headers('handOutVoucher', '429')).toEqual([
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'X-Request-Id',
    ]);
    expect(headers('handOutVoucher', '409')).toEqual(['Idempotent-Replayed', 'Retry-After', 'X-Request-Id']);
    expect(headers('handOutVoucher', '401')).toEqual(['WWW-Authenticate', 'X-Request-Id']);
    const described = Object.keys(document.components.headers);
    const text = JSON.stringify(document.paths) + JSON.stringify(document.components.responses);
    for (const name of described) expect(text).toContain(`"#/components/headers/${name}"`);
  });

  it('describes a header of many requests once', () => {
    const written = operations().flatMap(({ operation }) =>
      (operation.parameters ?? []).filter((each: any) => each.in === 'header').map(({ name }: any) => name),
    );
    for (const name of ['Tollgate-Tenant', 'Idempotency-Key', 'Tollgate-Deadline-Ms']) {
      expect(written).not.toContain(name);
    }
  });

  it('lets responses grow: no closed enumeration and no limit of a value in them', () => {
    const read = schemasIn(operations().map(({ operation }) => operation.responses));
    expect(read.size).toBeGreaterThan(40);
    const narrow: string[] = [];
    for (const [name, schema] of read) {
      visit(schema, (node, path) => {
        for (const keyword of ['enum', 'maxLength', 'minLength', 'pattern', 'minimum', 'maximum']) {
          if (keyword in node && typeof node[keyword] !== 'object') narrow.push(`${name}${path}: ${keyword}`);
          if (keyword === 'enum' && Array.isArray(node[keyword])) narrow.push(`${name}${path}: enum`);
        }
      });
    }
    expect(narrow).toEqual([]);
    expect(document.components.schemas.MigrationStatus).toMatchObject({
      type: 'string',
      description: expect.stringMatching(/Extensible enum: .*`completed`/),
      'x-extensible-enum': expect.arrayContaining(['completed', 'unknown']),
    });
  });

  it('keeps requests strict: their enumerations are closed, their values have limits', () => {
    const sent = schemasIn(
      operations().map(({ operation }) => [operation.parameters, operation.requestBody]),
    );
    expect(sent.get('OperationStateInput').enum).toContain('unknown');
    expect(sent.get('ResolveOperationDto').properties.decision.allOf).toEqual([
      { $ref: '#/components/schemas/OperationDecisionInput' },
    ]);
    expect(sent.get('HandOutVoucherDto').properties.userId.maxLength).toBe(64);
    for (const [name, schema] of sent) expect([name, 'x-extensible-enum' in schema]).toEqual([name, false]);
  });

  const schemasIn = (part: unknown, found = new Map<string, any>()): Map<string, any> => {
    visit(part, (node) => {
      const name = /^#\/components\/schemas\/(.+)$/.exec(node.$ref ?? '')?.[1];
      if (name !== undefined && !found.has(name)) {
        found.set(name, document.components.schemas[name]);
        schemasIn(found.get(name), found);
      } else if (name === undefined && node.$ref !== undefined) {
        schemasIn(resolved(node), found);
      }
    });
    return found;
  };

  it('documents upstream-rejected for every route that calls an upstream', () => {
    const upstream = operations().filter(({ operation }) => '502' in operation.responses);
    expect(upstream.length).toBeGreaterThan(10);
    for (const { name, operation } of upstream) {
      const { examples } = resolved(operation.responses['422']).content['application/problem+json'];
      expect([name, Object.keys(examples)]).toEqual([name, expect.arrayContaining(['upstream-rejected'])]);
    }
  });

  it('has an example for every field of responses and bodies', () => {
    const missing: string[] = [];
    for (const [name, schema] of Object.entries<any>(document.components.schemas)) {
      for (const [field, property] of Object.entries<any>(schema.properties ?? {})) {
        const text = JSON.stringify(property);
        if (!/"example|"enum"|\$ref|"boolean"/.test(text) && name !== 'Problem')
          missing.push(`${name}.${field}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('has a page to browse it, without requests to other hosts', async () => {
    const page = await gateway.call('GET', '/docs', { key: null });
    expect(page.status).toBe(200);
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(assets.length).toBeGreaterThan(2);
    for (const asset of assets) {
      expect(asset).not.toMatch(/^(https?:)?\/\//);
      const path = new URL(asset, `${gateway.url}/docs`).pathname;
      expect([path, (await gateway.call('GET', path, { key: null })).status]).toEqual([path, 200]);
    }
    const script = await gateway.call('GET', '/docs/swagger-ui-init.js', { key: null });
    expect(script.text).toContain('"validatorUrl": null');
    expect(script.text).toContain('"swaggerUrl": "/docs/openapi.json"');
  });

  it.each([
    '/openapi.json',
    '/openapi-3.0.json',
    '/docs/openapi.json',
    '/docs',
    '/docs/swagger-ui-init.js',
    '/docs/swagger-ui-bundle.js',
    '/docs/problems',
    '/docs/problems/forbidden',
  ])('serves %s with an ETag, and returns 304 for it', async (path) => {
    const ask = (tag?: string, method = 'GET') =>
      gateway.call(method, path, {
        key: null,
        ...(tag !== undefined && { headers: { 'if-none-match': tag } }),
      });
    const first = await ask();
    const tag = first.headers.get('etag') ?? '';
    expect([first.status, tag]).toEqual([200, expect.stringMatching(/^"[\w-]{43}"$/)]);
    expect(first.headers.get('cache-control')).toBe('public, no-cache');
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await ask(known);
      expect([known, again.status, again.text]).toEqual([known, 304, '']);
      expect(again.headers.get('etag')).toBe(tag);
      expect(again.headers.get('content-type')).toBeNull();
    }
    expect((await ask('"other"')).text).toBe(first.text);
    const head = await ask(undefined, 'HEAD');
    expect([head.status, head.headers.get('etag'), head.text]).toEqual([200, tag, '']);
    expect((await ask(tag, 'HEAD')).status).toBe(304);
  });

  it('forbids caching of responses to callers', async () => {
    const { headers } = await gateway.call('GET', '/v1/users/42/entitlements');
    expect([headers.get('cache-control'), headers.get('etag')]).toEqual(['no-store', null]);
  });
});

/** Every object in a document, examples left out, with its path. */
function visit(node: any, use: (node: any, path: string) => void, path = ''): void {
  if (typeof node !== 'object' || node === null) return;
  use(node, path);
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'example' && key !== 'examples') visit(value, use, `${path}/${key}`);
  }
}

async function formatted(document: unknown): Promise<string> {
  const style = await resolveConfig(COPY);
  return format(JSON.stringify(document), { ...style, parser: 'json' });
}
