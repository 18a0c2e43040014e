import { hash } from 'node:crypto';
import { Random } from '../support/random.js';
import { ApiDocument } from './api.document.js';
import { flawsOf } from './checks.js';
import { otherwiseSpelled } from './hostile.paths.js';
import type { HttpRequest, ReceivedResponse } from './planned.request.js';
import { RawRequests } from './raw.requests.js';
import { SchemaRequests } from './schema.requests.js';
import { responsesIn } from './sender.js';
import { FuzzTally } from './fuzz.tally.js';

const PROBLEM = { content: { 'application/problem+json': { examples: { 'upstream-throttled': {} } } } };
const DOCUMENT = new ApiDocument({
  paths: {
    '/v1/things/{id}': {
      put: {
        parameters: [{ $ref: '#/components/parameters/Id' }],
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
        responses: { 200: {}, 503: { $ref: '#/components/responses/Throttled' }, '5XX': PROBLEM },
      },
    },
  },
  components: {
    parameters: { Id: { name: 'id', in: 'path', required: true } },
    responses: { Throttled: PROBLEM },
    schemas: { Thing: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } },
  },
});

const CANARY = { name: 'the key', text: 'Very-Secret-Key-of-a-test' };
const REQUEST_ID = 'request-1';

function planned(method = 'PUT'): HttpRequest {
  const [operation] = DOCUMENT.operations;
  return {
    kind: 'http',
    operation,
    method,
    path: '/v1/things/1',
    headers: {},
    body: undefined,
    chunked: false,
  };
}

function response(status: number, body: unknown, headers: Record<string, string> = {}): ReceivedResponse {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  const common = { 'content-type': type, 'x-content-type-options': 'nosniff', 'x-request-id': REQUEST_ID };
  return { status, headers: { ...common, ...headers }, body: Buffer.from(JSON.stringify(body)) };
}

function problem(slug: string, status: number, title: string, changes: object = {}) {
  const instance = `urn:tollgate:request:${REQUEST_ID}`;
  return { type: `/docs/problems/${slug}`, title, status, detail: 'why', instance, ...changes };
}

const THROTTLED = problem('upstream-throttled', 503, 'The upstream is at its limit');

describe('the checks of the fuzz run', () => {
  it.each([
    [200, { ok: true }],
    [503, THROTTLED],
    [404, problem('route-not-found', 404, 'No such route')],
  ])('find nothing in an honest %s', (status, body) => {
    expect(flawsOf(planned(), response(status, body), [CANARY])).toEqual([]);
  });

  it.each([
    ['an undocumented status', response(201, {}), 'returns 201, which is not documented'],
    [
      'an error of ours',
      response(500, problem('internal-error', 500, 'Internal error of the gateway')),
      'internal-error, which is',
    ],
    ['no problem', { ...response(503, THROTTLED), headers: {} }, '503 is not a problem'],
    ['an unknown problem', response(404, problem('nothing', 404, 'x')), 'unknown type'],
    ['another status in the body', response(502, THROTTLED), '502 is not the status of upstream-throttled'],
    ['no words', response(503, { ...THROTTLED, detail: '' }), 'lacks its words'],
    ['another request', response(503, { ...THROTTLED, instance: 'urn:x' }), 'names another request'],
    ['a redirect', response(302, {}), 'redirects with 302'],
    [
      'broken JSON',
      { ...response(200, {}), body: Buffer.from('{') },
      'is not the JSON that its type declares',
    ],
    ['a secret', response(200, { key: Buffer.from(CANARY.text).toString('hex') }), 'holds the key as hex'],
    ['a secret in a header', response(200, {}, { location: `/?k=${CANARY.text}` }), 'holds the key as plain'],
    ['no security headers', response(200, {}, { 'x-content-type-options': '' }), 'has no security headers'],
  ])('find %s', (_what, received, flaw) => {
    expect(flawsOf(planned(), received, [CANARY]).join('; ')).toContain(flaw);
  });

  it('find memory that grows, and none that does not', () => {
    const mebibyte = 1024 * 1024;
    const before = { heap: 100 * mebibyte, resident: 600 * mebibyte };
    const flat = new FuzzTally();
    flat.judge(before, { heap: 110 * mebibyte, resident: 700 * mebibyte });
    expect(flat.findings).toBe(0);
    const growing = new FuzzTally();
    growing.judge(before, { heap: 130 * mebibyte, resident: 800 * mebibyte });
    expect(growing.findings).toBe(2);
    const silent = new FuzzTally();
    silent.judge(before, { heap: Number.NaN, resident: Number.NaN });
    expect(silent.findings).toBe(2);
  });
});

describe('the requests of the fuzz run', () => {
  const schema = new SchemaRequests(DOCUMENT, { full: 'tg_full', reader: 'tg_reader' });
  const raw = new RawRequests('tg_full');
  /** With hashes in place of bytes, of which there may be megabytes. */
  const plan = (seed: number) => {
    const { body, ...rest } = schema.next(new Random(seed));
    const { writes } = raw.next(new Random(seed));
    return [{ ...rest, body: body && hash('sha1', body) }, writes.map((each) => hash('sha1', each))];
  };

  it('follow from their seed alone', () => {
    for (let seed = 1; seed < 200; seed += 1) expect(plan(seed)).toEqual(plan(seed));
    expect(plan(1)).not.toEqual(plan(2));
  });

  it('are valid often enough to get far, and hostile often enough to be worth it', () => {
    const all = Array.from({ length: 500 }, (_, seed) => schema.next(new Random(seed + 1)));
    const valid = all.filter(({ operation, body }) => operation && body?.toString() === '{"name":"text"}');
    expect(valid.length).toBeGreaterThan(100);
    expect(valid.length).toBeLessThan(400);
  });

  it('reach hostile names, empty and large bodies, other spellings and types', () => {
    const all = Array.from({ length: 5_000 }, (_, seed) => schema.next(new Random(seed + 1)));
    const share = (of: (request: (typeof all)[number]) => boolean) => all.filter(of).length / all.length;
    const text = ({ body }: (typeof all)[number]) => body?.subarray(0, 10_000).toString() ?? '';
    const shares = {
      'a NUL in a name': share((each) => /\\u0000[^"]*":/.test(text(each))),
      'half a surrogate in a name': share((each) => /\\ud[89a-f][0-9a-f]{2}[^"]*":/.test(text(each))),
      'a prototype': share((each) => text(each).includes('"__proto__":')),
      'no bytes': share(({ body }) => body?.length === 0),
      'no bytes in chunks': share(({ body, chunked }) => chunked && (body?.length ?? 0) === 0),
      megabytes: share(({ body }) => (body?.length ?? 0) > 1_100_000),
      'an unneeded escape': share(({ path }) => /%(2d|7[0-9a])/i.test(path)),
      'an absolute target': share(({ path }) => /^http:\/\/gateway/i.test(path)),
      'two slashes': share(({ path }) => path.startsWith('//')),
      'another type': share(
        ({ headers }) => !/^(application\/json)?$/.test(String(headers['content-type'] ?? '')),
      ),
    };
    for (const [what, found] of Object.entries(shares)) expect([what, found > 0.001]).toEqual([what, true]);
  });

  it.each(['/v1/token-names?a=b-c', '/v1/users/4%2F2/entitlements'])(
    'spell %s otherwise, and report when it is the same',
    (path) => {
      const routes = new Set<string>();
      for (let seed = 1; seed < 300; seed += 1) {
        const spelled = otherwiseSpelled(path, new Random(seed));
        const [bare = '', query] = spelled.path.replace(/^https?:\/\/gateway(:80)?/i, '').split('?');
        if (!spelled.same) continue;
        routes.add(decodeURIComponent(bare) + (query === undefined ? '' : `?${query}`));
      }
      const [bare = '', query] = path.split('?');
      expect([...routes]).toEqual([decodeURIComponent(bare) + (query === undefined ? '' : `?${query}`)]);
    },
  );

  it('get one response each on a connection', () => {
    const one = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\n{}';
    const other = 'HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n';
    expect(responsesIn(one + other).map(({ status, body }) => [status, body.toString()])).toEqual([
      [200, '{}'],
      [400, ''],
    ]);
    expect(() => responsesIn(`${one}rubbish`)).toThrow('not a response');
  });
});
