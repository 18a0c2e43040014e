import { readFileSync } from 'node:fs';
import { KEYLESS_WRITES } from '../../../clients/typescript/src/call.protection.js';
import { USER_AGENT } from '../../../clients/typescript/src/call.sender.js';
import { checkedOptions } from '../../../clients/typescript/src/client.options.js';
import { retryAfterMs } from '../../../clients/typescript/src/problem.body.js';
import { mayRepeat, PASSES, pauseMs, type Protection } from '../../../clients/typescript/src/retry.policy.js';
import { PROBLEMS } from '../../../src/http/problems/problem.types.js';

const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the table of problems that pass by themselves', () => {
  it('has every problem of the gateway', () => {
    expect(Object.keys(PASSES)).toEqual(Object.keys(PROBLEMS));
  });

  it('has true where docs/callers.md advises to wait', () => {
    const [, table = ''] = textOf('../../../docs/callers.md').split('## You got this, do that\n');
    const rows = [...table.matchAll(/^\| `([\w-]+)` +\| \d{3} +\| (.+) \|$/gm)];
    const advised = rows.map(([, code, advice = '']) => [code, /\bwait\b/i.test(advice)]);
    expect(Object.fromEntries(advised)).toEqual(PASSES);
  });
});

describe('the calls without a key', () => {
  it('are the writes of the API document that take none', () => {
    const { paths } = JSON.parse(textOf('../../../src/http/openapi/openapi.json')) as {
      paths: Record<string, Record<string, { operationId: string; parameters?: Record<string, string>[] }>>;
    };
    const keyless = Object.entries(paths)
      .filter(([path]) => path.startsWith('/v1/'))
      .flatMap(([, methods]) => Object.entries(methods))
      .filter(([method, { parameters = [] }]) => {
        return method !== 'get' && !parameters.some(({ $ref }) => $ref?.endsWith('IdempotencyKey'));
      });
    expect(new Set(keyless.map(([, { operationId }]) => operationId))).toEqual(KEYLESS_WRITES);
  });
});

describe('the package', () => {
  it('reports its version to the gateway, and depends on nothing', () => {
    const manifest = JSON.parse(textOf('../../../clients/typescript/package.json'));
    expect(USER_AGENT).toBe(`tollgate-client/${manifest.version}`);
    expect(Object.keys(manifest).filter((name) => /dependencies/i.test(name))).toEqual([]);
  });
});

describe('mayRepeat', () => {
  const problemOf = (code: string, status: number, outcome?: string) =>
    ({
      kind: 'problem',
      problem: { code, status, ...(outcome && { outcome }) },
      status,
      headers: new Headers(),
    }) as never;

  it.each<[string, number, string | undefined, Record<Protection, boolean>]>([
    ['upstream-unavailable', 503, 'not_executed', { read: true, key: true, none: true }],
    ['upstream-unavailable', 503, undefined, { read: true, key: true, none: true }],
    ['internal-error', 500, 'not_executed', { read: true, key: true, none: false }],
    ['internal-error', 500, 'unknown', { read: true, key: false, none: false }],
    ['operation-in-progress', 409, 'unknown', { read: true, key: true, none: false }],
    ['upstream-misconfigured', 502, 'not_executed', { read: false, key: false, none: false }],
    ['voucher-unavailable', 409, 'not_executed', { read: false, key: false, none: false }],
    ['problem-of-tomorrow', 503, 'not_executed', { read: true, key: true, none: false }],
    ['problem-of-tomorrow', 503, 'outcome_of_tomorrow', { read: true, key: false, none: false }],
    ['problem-of-tomorrow', 409, 'not_executed', { read: false, key: false, none: false }],
    ['constructor', 400, undefined, { read: false, key: false, none: false }],
  ])('of %s (%d, %s) is %j', (code, status, outcome, expected) => {
    const failure = problemOf(code, status, outcome);
    expect({
      read: mayRepeat(failure, 'read'),
      key: mayRepeat(failure, 'key'),
      none: mayRepeat(failure, 'none'),
    }).toEqual(expected);
  });
});

describe('pauseMs', () => {
  const failure = { kind: 'foreign', status: 503, headers: new Headers() } as const;

  it('never takes more than half of the time that Retry-After leaves', () => {
    const pause = { failure, attempts: 1, retryAfterMs: 10_000, random: 1 };
    expect(pauseMs({ ...pause, leftMs: 12_000 })).toBe(11_000);
    expect(pauseMs({ ...pause, leftMs: 5_000 })).toBe(10_000);
  });

  it('is longer than a Retry-After of 0', () => {
    const pause = { failure, retryAfterMs: 0, leftMs: 60_000, random: 1 };
    expect([1, 2, 3].map((attempts) => pauseMs({ ...pause, attempts }))).toEqual([1_000, 2_000, 4_000]);
  });

  it('is at most a minute', () => {
    const pause = { failure, retryAfterMs: undefined, leftMs: 1e9, random: 1 };
    expect(pauseMs({ ...pause, attempts: 50 })).toBe(60_000);
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('2026-03-04T12:00:00Z');

  it.each([
    ['3', undefined, 3_000],
    ['Wed, 04 Mar 2026 12:00:30 GMT', undefined, 30_000],
    ['Wed, 04 Mar 2026 11:00:00 GMT', undefined, 0],
    [undefined, 7, 7_000],
    ['soon', undefined, undefined],
    ['1.5', undefined, 1_500],
    ['-5', undefined, undefined],
    ['soon 5', undefined, undefined],
    ['3, 5', 7, 7_000],
    ['99999999999', undefined, 99_999_999_999_000],
    [undefined, undefined, undefined],
  ])('of the header %s and the member %s is %s', (header, retryAfterSeconds, expected) => {
    const headers = new Headers(header === undefined ? {} : { 'Retry-After': header });
    const problem = (retryAfterSeconds === undefined ? undefined : { retryAfterSeconds }) as never;
    expect(retryAfterMs(headers, problem, now)).toBe(expected);
  });
});

describe('the options of a client', () => {
  const good = { baseUrl: 'https://internal.example/gateway/', key: 'tg_key' };

  it('have defaults, and a base URL that keeps its path', () => {
    expect(checkedOptions(good)).toMatchObject({
      baseUrl: 'https://internal.example/gateway',
      deadlineMs: 45_000,
      attempts: 4,
    });
  });

  it.each(['https://internal.example?', 'https://internal.example/#', 'https://internal.example//'])(
    'have no mark of an empty query or fragment of the base URL %s',
    (baseUrl) => {
      expect(checkedOptions({ ...good, baseUrl }).baseUrl).toBe('https://internal.example');
    },
  );

  it.each([
    [{ baseUrl: '/' }, /^baseUrl: /],
    [{ baseUrl: 'https://user:tg_secret@internal.example' }, /^baseUrl: /],
    [{ baseUrl: 'https://internal.example/?key=tg_secret' }, /^baseUrl: /],
    [{ key: ' ' }, /^key: /],
    [{ deadlineMs: 0 }, /^deadlineMs: /],
    [{ attempts: 1.5 }, /^attempts: /],
  ])('%j is refused, without its value', (change, message) => {
    const check = () => checkedOptions({ ...good, ...change });
    expect(check).toThrow(TypeError);
    expect(check).toThrow(message);
    expect(check).not.toThrow(/tg_secret/);
  });
});
