import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OperationEvent, UNFINISHED_STATES } from '../../src/ledger/operation.state.js';
import type { Awaits } from '../../src/ledger/operation.types.js';
import { DATABASE_TROUBLES } from '../../src/store/database/database.status.js';
import {
  Metrics,
  type OverloadReason,
  type RequestRefusalReason,
  type UnrecordedReason,
} from '../../src/telemetry/metrics.js';
import { SINKS } from '../../src/telemetry/masking/secret.filter.js';
import type { RefusalReason as BudgetRefusalReason } from '../../src/upstreams/budget/budget.types.js';
import type { DistrustKind } from '../../src/upstreams/transport/upstream.errors.js';
import { startGateway, type TestGateway } from '../support/gateway.js';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');

/** The kernel's view of a process, which prom-client reads from /proc. */
const LINUX_ONLY =
  process.platform === 'linux' ? [] : [...PAGE.matchAll(/^\| `(\w+)` \\\*/gm)].map(([, name]) => name);

/** Words of labels, complete by their types. */
const WORDS = {
  tollgate_http_refused_total: wordsOf<RequestRefusalReason>({
    rate: 0,
    concurrency: 0,
    event_loop: 0,
    memory: 0,
  }),
  tollgate_overloaded: wordsOf<OverloadReason>({ event_loop: 0, memory: 0 }),
  tollgate_upstream_call_duration_seconds: [
    ...wordsOf<DistrustKind>({ garbled: 0, lost: 0, 'server-error': 0, ambiguous: 0 }),
    'success',
    'refused',
    'throttled',
    'misconfigured',
    'not-sent',
    'other',
  ],
  tollgate_budget_refused_total: wordsOf<Exclude<BudgetRefusalReason, 'cancelled'>>({
    throttled: 0,
    'no-time': 0,
    'queue-full': 0,
    'breaker-open': 0,
    'no-retries': 0,
  }),
  tollgate_budget_breaker_open: ['throttled', 'failing'],
  tollgate_operations_open: UNFINISHED_STATES,
  tollgate_operations_unknown: wordsOf<Awaits>({ evidence: 0, person: 0 }),
  tollgate_operations_unknown_oldest_timestamp_seconds: wordsOf<Awaits>({ evidence: 0, person: 0 }),
  tollgate_operation_transitions_total: wordsOf<OperationEvent>({
    claim: 0,
    prepare: 0,
    send: 0,
    'already-so': 0,
    lapse: 0,
    succeed: 0,
    fail: 0,
    release: 0,
    lose: 0,
    expire: 0,
    'decide-executed': 0,
    'decide-not-executed': 0,
  }),
  tollgate_ledger_unrecorded_ends_total: wordsOf<UnrecordedReason>({ no_room: 0, shutdown: 0, refused: 0 }),
  tollgate_degraded: DATABASE_TROUBLES,
  tollgate_secret_incidents_total: SINKS,
} satisfies Record<string, readonly string[]>;

function wordsOf<Word extends string>(words: Record<Word, 0>): string[] {
  return Object.keys(words);
}

interface Documented {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly labels: readonly string[];
  readonly text: string;
}

const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

/** A metric of ours has a section, one of the process a row. */
const SECTIONS: readonly Documented[] = PAGE.split(/^### /m)
  .slice(1)
  .map((section) => {
    const [title = '', ...lines] = section.split(/^## /m)[0]!.split('\n');
    const text = lines.join('\n');
    const [, type = '', unit = '', labels = ''] =
      /^\n(\w+), ([\w ]+)\.(?: Labels: ([^.]+)\.)?\n/.exec(text) ?? [];
    return { name: quoted(title)[0]!, type: type.toLowerCase(), unit, labels: quoted(labels), text };
  });

const ROWS: readonly Documented[] = [...PAGE.matchAll(/^\| `((?:process|nodejs)_\w+)`.*$/gm)].map(
  ([row, name = '']) => {
    const [, , type = '', unit = '', labels = '', text = ''] = row.split('|').map((cell) => cell.trim());
    return { name, type, unit, labels: quoted(labels), text };
  },
);

interface Registered {
  readonly name: string;
  readonly labelNames?: readonly string[];
}

describe('docs/metrics.md', () => {
  let gateway: TestGateway;
  let exposed: string;
  let types: Map<string, string>;
  let registered: readonly Registered[];

  beforeAll(async () => {
    gateway = await startGateway();
    await gateway.call('GET', '/v1/users/42/entitlements/1337');
    await gateway.call('PUT', '/v1/users/938029/entitlements/1337', { idempotencyKey: 'documented' });
    exposed = (await gateway.call('GET', '/metrics')).text;
    types = new Map(
      [...exposed.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
    );
    registered = gateway.app.get(Metrics).registry.getMetricsAsArray();
  });

  afterAll(() => gateway.close());

  const documented = [...SECTIONS, ...ROWS].filter(({ name }) => !LINUX_ONLY.includes(name));
  const ours = () => registered.filter(({ name }) => name.startsWith('tollgate_'));

  it('has every metric of a running gateway with its type and labels, and no other', () => {
    const sorted = (labels: readonly string[] = []) => labels.toSorted().join();
    const real = registered.map(({ name, labelNames }) =>
      [name, types.get(name), sorted(labelNames)].join(' '),
    );
    const page = documented.map(({ name, type, labels }) => [name, type, sorted(labels)].join(' '));
    expect(page.toSorted()).toEqual(real.toSorted());
    expect(page.length).toBeGreaterThan(40);
  });

  it('documents for each of ours what it means and what to do when it moves', () => {
    for (const { name, text } of SECTIONS) {
      expect([name, text]).toEqual([
        name,
        expect.stringMatching(/\n\n[^\n]{40,}[^]*\n\nWhen it moves: .{30}/),
      ]);
    }
    for (const { name, text } of ROWS) expect([name, text]).toEqual([name, expect.stringMatching(/\w{3}/)]);
  });

  it('names the unit that the name of the metric ends in', () => {
    for (const { name, unit } of documented) {
      const [, suffix] = /_(seconds|bytes)(?:_total)?$/.exec(name) ?? [];
      expect([name, unit]).toEqual([name, suffix ?? expect.stringMatching(/^(?!seconds|bytes)./)]);
    }
  });

  it('explains every label, and every word that a label of ours can have', () => {
    const table = PAGE.split('## Labels')[1]!.split('\n## ')[0]!;
    const explained = new Set(
      [...table.matchAll(/^\| (`[^|]*)\|/gm)].flatMap(([, cell = '']) => quoted(cell)),
    );
    const used = new Set([...documented.flatMap(({ labels }) => labels), 'le']);
    expect([...explained].toSorted()).toEqual([...used].toSorted());
    for (const [name, words] of Object.entries(WORDS)) {
      const section = SECTIONS.find((each) => each.name === name);
      expect([name, words.filter((word) => !quoted(section?.text ?? '').includes(word))]).toEqual([name, []]);
    }
  });

  it('is about metrics that follow the conventions of Prometheus', () => {
    const misnamed = ours().filter(({ name }) => {
      const isCounter = types.get(name) === 'counter';
      const hasUnit = /_(seconds|bytes)$/.test(name);
      return isCounter !== name.endsWith('_total') || (types.get(name) === 'histogram' && !hasUnit);
    });
    expect(misnamed).toEqual([]);
    const words = ours().flatMap(({ name, labelNames = [] }) => [name, ...labelNames]);
    expect(words.filter((word) => !/^[a-z]+(_[a-z]+)*$/.test(word))).toEqual([]);
    expect(words.filter((word) => /_(ms|millis\w*|percent|minutes|hours|kb|mb)(_|$)/.test(word))).toEqual([]);
    expect(
      ours().filter(({ name }) => !new RegExp(`^# HELP ${name} [A-Z0-9].*[^.]$`, 'm').test(exposed)),
    ).toEqual([]);
  });

  it('is about labels with few values: nothing of a request creates a series', async () => {
    const seriesNow = async () => {
      const { text } = await gateway.call('GET', '/metrics');
      return new Set([...text.matchAll(/^(tollgate_.*) \S+$/gm)].map(([, series]) => series));
    };
    const ask = async (from: number) => {
      for (let at = from; at < from + 10; at += 1) {
        await gateway.call('GET', `/v1/users/u${at}/entitlements/p${at}`);
        await gateway.call('GET', `/no/such/page/${at}`);
        await gateway.call('GET', '/v1/operations', { key: `tg_unknown_${at}` });
      }
    };
    await ask(0);
    const before = await seriesNow();
    await ask(10);
    expect([...(await seriesNow())].filter((series) => !before.has(series))).toEqual([]);
  });

  it('is the source of every name that other pages mention', () => {
    const names = new Set(documented.map(({ name }) => name));
    const mentioned = globSync(['docs/**/*.md', 'README.md'], { cwd: ROOT }).flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\b(tollgate|nodejs|process)_[a-z_0-9]+\b/g)].map(
        ([name]) => ({ file, name: name.replace(/_(bucket|count|sum)$/, '') }),
      ),
    );
    expect(mentioned.length).toBeGreaterThan(60);
    expect(mentioned.filter(({ name }) => !names.has(name))).toEqual([]);
  });
});
