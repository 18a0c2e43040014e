import { assert, asyncProperty, constantFrom, integer, shuffledSubarray, tuple } from 'fast-check';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { responsesOf, sendRaw } from '../../support/network/raw.http.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

interface Read {
  readonly status: number;
  readonly slug: string | undefined;
  readonly allow: string | undefined;
  readonly outcome: string | undefined;
  readonly detail: string | undefined;
}

/** One request whose target is sent as it is: every HTTP library would change some of them. */
async function ask(method: string, target: string, headers = ''): Promise<Read> {
  const key = 'Authorization: Bearer tg_demo_full_access\r\n';
  const received = await sendRaw(
    gateway.url,
    `${method} ${target} HTTP/1.1\r\nHost: gateway\r\n${key}${headers}Connection: close\r\n\r\n`,
  );
  const [response] = responsesOf(received);
  return {
    status: response?.status ?? 0,
    slug: /\/docs\/problems\/([a-z-]+)/.exec(received)?.[1],
    allow: /\r\nallow: (.*)\r\n/i.exec(received)?.[1],
    outcome: /"outcome":"(\w+)"/.exec(received)?.[1],
    detail: /"detail":"([^"]*)"/.exec(received)?.[1],
  };
}

describe('a method that a path does not have', () => {
  it.each([
    ['POST', '/v1/token-names', 'GET, HEAD'],
    ['POST', '/v1/token%2Dnames', 'GET, HEAD'],
    ['POST', '/%761/%74oken-names', 'GET, HEAD'],
    ['PUT', '/v1/token-names?a=/b/c', 'GET, HEAD'],
    ['DELETE', '/v1/token-names#a', 'GET, HEAD'],
    ['POST', 'http://gateway/v1/token-names', 'GET, HEAD'],
    ['POST', 'HTTPS://elsewhere:1/v1/token%2dnames?x', 'GET, HEAD'],
    ['OPTIONS', '/v1/token-names', 'GET, HEAD'],
    ['TRACE', '/v1/token%2Dnames', 'GET, HEAD'],
    ['PROPFIND', '/v1/token-names', 'GET, HEAD'],
    ['HEAD', '/v1/token-imports', 'POST'],
    ['GET', '/webhooks/import2/%64emo', 'POST'],
    ['POST', '/v1/users/a%2Fb/entitlements', 'GET, HEAD'],
    ['POST', '/v1/users/;a=b/entitlements/1', 'DELETE, GET, HEAD, PUT'],
    ['PATCH', `/v1/operations/${'a'.repeat(2_000)}`, 'GET, HEAD'],
    ['POST', '/health/live', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['POST', '/docs', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', 'http://gateway', 'GET, HEAD'],
  ])('%s %s is 405 and names those it has', async (method, target, allow) => {
    expect(await ask(method, target)).toMatchObject({ status: 405, allow });
  });

  it.each([
    ['POST', '/v1//token-names'],
    ['POST', '//v1/token-names'],
    ['POST', '/v1/token-names/'],
    ['POST', '/V1/token-names'],
    ['POST', '/v1/Token-Names'],
    ['POST', '/v1/./token-names'],
    ['POST', '/v1/x/../token-names'],
    ['POST', '/v1/%2e/token-names'],
    ['POST', '/v1/token-names;a=b'],
    ['POST', '/v1%2Ftoken-names'],
    ['POST', '/v1/token%252Dnames'],
    ['POST', '/v1/operations/'],
    ['POST', '/v1/users//entitlements'],
    ['POST', '*health/live'],
    ['POST', 'http://gateway/nothing'],
    ['OPTIONS', '/v1/nothing'],
    ['OPTIONS', '*'],
    ['TRACE', '/nothing'],
    ['GET', '/nothing'],
  ])('%s %s is 404, because no method of this path exists', async (method, target) => {
    expect(await ask(method, target)).toMatchObject({
      status: 404,
      slug: 'route-not-found',
      allow: undefined,
    });
  });

  it.each([
    ['GET', '/v1/voucher-group/canary', 'Did you mean /v1/voucher-groups/{id}?'],
    ['PUT', '/users/42/entitlements/1337', 'Did you mean /v1/users/{userId}/entitlements/{productId}?'],
    ['GET', '/v1/token-names/', 'Did you mean /v1/token-names?'],
    ['POST', '/nothing', ''],
  ])('%s %s is 404 and names the route that is meant, if any', async (method, target, hint) => {
    const detail = ['There is no such route; see /openapi.json.', hint].filter(Boolean).join(' ');
    expect(await ask(method, target)).toMatchObject({ status: 404, detail });
  });

  it.each(['/v1/%zz', '/v1/token-names%', '/v1/%c3', 'ftp:x'])(
    '%s is unreadable for every method',
    async (target) => {
      const responses = await Promise.all(['GET', 'POST', 'TRACE'].map((method) => ask(method, target)));
      expect(new Set(responses.map(({ status }) => status)).size).toBe(1);
    },
  );

  it('is 405 exactly where another method is served, however the path is written', async () => {
    const letters = (text: string, at: number, change: (letter: string) => string) =>
      text.slice(0, at) + change(text[at] ?? '') + text.slice(at + 1);
    const changes = [
      (target: string, at: number) => letters(target, at, (letter) => encodeAlways(letter)),
      (target: string, at: number) => letters(target, at, (letter) => encodeAlways(letter).toLowerCase()),
      (target: string, at: number) => letters(target, at, (letter) => letter.toUpperCase()),
      (target: string, at: number) => letters(target, at, (letter) => `${letter}/`),
      (target: string, at: number) => letters(target, at, (letter) => `${letter};a=b`),
      (target: string, at: number) => letters(target, at, (letter) => `${letter}/./`),
      (target: string) => `${target}/`,
      (target: string) => `${target}?${target}`,
      (target: string) => `http://a${target}`,
    ];
    const change = tuple(constantFrom(...changes), integer({ min: 0, max: 60 }));
    const path = constantFrom(
      '/v1/token-names',
      '/v1/operations',
      '/v1/users/1/entitlements',
      '/health/live',
    );
    await assert(
      asyncProperty(
        path,
        shuffledSubarray([0, 1, 2], { maxLength: 3 }),
        tuple(change, change, change),
        async (start, which, all) => {
          const target = which.reduce<string>((text, at) => {
            const [apply, place] = all[at]!;
            return apply(text, 1 + (place % (text.length - 1)));
          }, start);
          const [read, write] = await Promise.all([ask('GET', target), ask('POST', target)]);
          if (read.status === 404 && read.slug === 'route-not-found')
            expect([target, write.slug]).toEqual([target, 'route-not-found']);
          else if (read.status === 400 && read.slug === 'validation-failed')
            expect([400, 405]).toContain(write.status);
          else expect([target, write.status, write.allow]).toEqual([target, 405, 'GET, HEAD']);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a refused write whose path is written otherwise', () => {
  it.each([
    '/v1/voucher-handouts',
    '/%761/voucher-handouts',
    '/v1/voucher%2Dhandouts',
    'http://a/v1/voucher-handouts',
  ])('reports for %s that nothing was executed', async (target) => {
    const empty = 'Idempotency-Key: k\r\nContent-Length: 2\r\nContent-Type: application/json\r\n';
    const received = await sendRaw(
      gateway.url,
      `POST ${target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer tg_demo_full_access\r\n${empty}Connection: close\r\n\r\n{}`,
    );
    expect(received).toContain('"status":400');
    expect(received).toContain('"outcome":"not_executed"');
  });
});

function encodeAlways(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
}
