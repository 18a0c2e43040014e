import { execFileSync } from 'node:child_process';
import { optionsWithNames } from '../../bench/compare/options.js';
import type { Round, Rounds } from '../../bench/compare/rounds.js';
import { differences, ratios, spreadOf } from '../../bench/compare/statistics.js';
import { figuresOf, machineFactor } from '../../bench/compare/targets.js';
import { ZipfUsers } from '../../bench/compare/zipf.js';
import { bodyOf, requestText } from '../../bench/support/http.socket.js';
import { isMet } from '../../bench/support/report.js';

const round = (part: Partial<Round>): Round => ({
  perSecond: 1_000,
  cpuMicroseconds: 100,
  p50Ms: 1,
  p99Ms: 2,
  hitShare: 0,
  residentBytes: 2 ** 20,
  ...part,
});

const cpu = (...microseconds: number[]): Round[] =>
  microseconds.map((cpuMicroseconds) => round({ cpuMicroseconds }));

const checks = (rounds: Rounds) => figuresOf(new Map([['check', rounds]]));

describe('figures of rounds', () => {
  it('are the median with the lowest and highest', () => {
    expect(spreadOf([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
    expect(spreadOf([4, 1, 2, 9])).toEqual({ median: 3, min: 1, max: 9 });
    expect(spreadOf([])).toBeUndefined();
  });

  it('are paired by round, so that a slow moment changes no ratio', () => {
    expect(ratios([10, 100, 20], [20, 200, 40])).toEqual([0.5, 0.5, 0.5]);
    expect(differences([10, 100, 20], [9, 99, 19])).toEqual([1, 1, 1]);
    expect(ratios([1, 2, 3], [2])).toEqual([0.5]);
  });
});

describe('targets of npm run bench', () => {
  it('compare the CPU of a check with each rival', () => {
    const figures = checks(
      new Map([
        ['tollgate', cpu(150, 160, 300)],
        ['naive', cpu(600, 640, 1_200)],
        ['bare', cpu(95, 100, 200)],
      ]),
    );
    const found = figures.filter(({ scenario }) => scenario === 'check');
    expect(found).toMatchObject([
      { measure: 'CPU against naive', value: 0.25, spread: [0.25, 0.25] },
      { measure: 'CPU against bare', value: 150 / 95, spread: [1.5, 1.6] },
    ]);
    expect(found.map(isMet)).toEqual([true, true]);
  });

  it('are not compared with a rival that did not take part, and missed without Tollgate', () => {
    const without = checks(new Map([['tollgate', cpu(100)]]));
    expect(without.filter(({ scenario }) => scenario === 'check')).toEqual([]);
    const missed = checks(new Map([['naive', cpu(100)]])).filter(({ scenario }) => scenario === 'check');
    expect(missed.map(isMet)).toEqual([false]);
  });

  it('scale times by what a check costs rival (c) on this machine', () => {
    const results = new Map<string, Rounds>([
      ['check', new Map([['bare', cpu(190)]])],
      ['list', new Map([['tollgate', cpu(1_000)]])],
    ]);
    expect(machineFactor(results)).toBe(2);
    expect(machineFactor(new Map())).toBe(1);
    const list = figuresOf(results).find(({ scenario }) => scenario === 'list');
    expect(list).toMatchObject({ value: 0.5, unit: 'ms' });
  });
});

describe('users of the cached checks', () => {
  it('are new in one of twenty requests, and popular by Zipf', () => {
    const users = new ZipfUsers(10_000, 0.05);
    const counts = new Map<number, number>();
    for (let sent = 0; sent < 40_000; sent += 1) {
      const user = users.next();
      counts.set(user, (counts.get(user) ?? 0) + 1);
    }
    expect(counts.size).toBeGreaterThan(1_600);
    expect(counts.size).toBeLessThan(2_400);
    const sorted = [...counts.values()].toSorted((a, b) => b - a);
    const ofTop = (count: number) => sorted.slice(0, count).reduce((sum, each) => sum + each, 0) / 40_000;
    expect(ofTop(1)).toBeGreaterThan(0.05);
    expect(ofTop(1)).toBeLessThan(0.2);
    expect(ofTop(counts.size / 10)).toBeGreaterThan(0.5);
    expect(ofTop(counts.size / 10)).toBeLessThan(0.9);
    expect(users.position).toBe(counts.size);
  });

  it('begin where those of the round before ended, and come round again', () => {
    const users = new ZipfUsers(3, 1, 2);
    expect([users.next(), users.next(), users.next()]).toEqual([2, 0, 1]);
  });
});

describe('cores of a benchmark', () => {
  it('are still two for the servers once the load keeps to one', () => {
    const cores = new URL('../../bench/support/cores.ts', import.meta.url);
    const loader = new URL('../support/runner/typescript.loader.mjs', import.meta.url);
    const script = `const { leaveServerCore, onCore } = await import('${cores.href}');
      const before = onCore('0');
      leaveServerCore();
      console.log(JSON.stringify([before, onCore('0')]));`;
    const args = ['--import', loader.href, '--input-type=module', '-e', script];
    const [before, after] = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8' }),
    ) as unknown[];
    expect(after).toEqual(before);
  });
});

describe('bytes of the load', () => {
  it('are a request with the length of its body', () => {
    const headers = { authorization: 'Bearer key' };
    expect(requestText({ path: '/a', headers })).toBe(
      'GET /a HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer key\r\n\r\n',
    );
    expect(requestText({ method: 'POST', path: '/a', headers: {}, body: { a: 1 } })).toBe(
      'POST /a HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}',
    );
    expect(requestText({ method: 'PUT', path: '/a', headers: {} })).toContain('content-length: 0\r\n\r\n');
  });

  it('are read with and without chunks', () => {
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked';
    expect(bodyOf({ status: 200, head: chunked, body: '3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n' })).toBe(
      'abc0123456789',
    );
    expect(bodyOf({ status: 200, head: 'HTTP/1.1 200 OK\r\ncontent-length: 3', body: 'abc' })).toBe('abc');
  });
});

describe('options of npm run bench', () => {
  const ranges = { rounds: { min: 1, max: 9, default: 5 } };
  const read = (...args: string[]) => optionsWithNames(['check', 'list'], ranges, args);

  it('choose workloads beside the numbers', () => {
    expect(read()).toEqual({ only: ['check', 'list'], numbers: { rounds: 5 } });
    expect(read('--rounds', '2', '--only', 'list')).toEqual({ only: ['list'], numbers: { rounds: 2 } });
    expect(read('--only=list,check', '--rounds=3')).toEqual({
      only: ['list', 'check'],
      numbers: { rounds: 3 },
    });
  });

  it('are refused with what there is', () => {
    expect(() => read('--only', 'lists')).toThrow('--only lists: there are check, list');
    expect(() => read('--only=')).toThrow('there are check, list');
    expect(() => read('--only', 'list', '--rounds', '0')).toThrow(
      '--rounds must be a whole number from 1 to 9',
    );
    expect(() => read('--only', 'list', '--only', 'check')).toThrow('only');
  });
});
