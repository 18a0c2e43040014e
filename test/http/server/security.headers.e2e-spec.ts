import { startGateway, type CallResponse, type TestGateway } from '../../support/gateway.js';

/** `name value; name value` as a map. */
function policyOf({ headers }: CallResponse): ReadonlyMap<string, string> {
  const policy = headers.get('content-security-policy') ?? '';
  return new Map(policy.split('; ').map((rule) => [rule.split(' ')[0] ?? '', rule.replace(/^\S+ ?/, '')]));
}

describe('the headers of every response', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterAll(() => gateway.close());

  const RESPONSES: [what: string, method: string, path: string, key: string | undefined | null][] = [
    ['a response', 'GET', '/v1/users/42/entitlements', undefined],
    ['a response with a code', 'POST', '/v1/voucher-groups/324673248/codes', undefined],
    ['a refusal of the caller', 'GET', '/v1/users/42/entitlements', null],
    ['a refusal of the request', 'POST', '/v1/voucher-handouts', undefined],
    ['an unknown route', 'GET', '/nothing', null],
    ['a wrong method', 'DELETE', '/health/live', null],
    ['a path that cannot be decoded', 'GET', '/v1/users/%zz/entitlements', undefined],
    ['health', 'GET', '/health/ready', null],
    ['the OpenAPI document', 'GET', '/openapi.json', null],
    ['the page', 'GET', '/docs', null],
    ['a file of the page', 'GET', '/docs/swagger-ui.css', null],
  ];

  it.each(RESPONSES)('keep browsers from doing anything with %s', async (_what, method, path, key) => {
    const body = method === 'POST' ? { body: { amount: 1 }, idempotencyKey: 'headers' } : {};
    const response = await gateway.call(method, path, { ...(key === undefined ? {} : { key }), ...body });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-request-id': expect.any(String),
    });
    const policy = policyOf(response);
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('frame-ancestors')).toBe("'none'");
    const isPublic = path === '/openapi.json' || path.startsWith('/docs');
    expect(response.headers.get('cache-control')).toBe(isPublic ? 'public, no-cache' : 'no-store');
  });

  it.each(RESPONSES)('name no server, framework or upstream in %s', async (_what, method, path, key) => {
    const response = await gateway.call(method, path, key === undefined ? {} : { key });
    const names = [...response.headers.keys()];
    expect(
      names.filter((name) => /^(server|via|x-powered-by|set-cookie|access-control-.*)$/.test(name)),
    ).toEqual([]);
    expect([...response.headers.values()].join('\n')).not.toMatch(/fastify|nest|node|spid|import2/i);
  });

  it('let the page load what it needs from here, and no inline script', async () => {
    const page = await gateway.call('GET', '/docs', { key: null });
    const policy = policyOf(page);
    expect(policy.get('script-src')).toBe("'self'");
    expect(policy.get('connect-src')).toBe("'self'");
    // Inline scripts and handlers in attributes, would be blocked and break it.
    expect(page.text).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
    expect(page.text).not.toMatch(/\son[a-z]+=/);
    const styles = page.text.match(/<style|style="/g) ?? [];
    expect(styles.length === 0 || policy.get('style-src')?.includes("'unsafe-inline'")).toBe(true);
    const pictures = (await gateway.call('GET', '/docs/swagger-ui.css', { key: null })).text.match(
      /url\("?data:/g,
    );
    expect(pictures === null || policy.get('img-src')?.includes('data:')).toBe(true);
  });
});
