import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { programOf } from '../../src/cli/tollgate.cli.js';
import { SCOPES } from '../../src/config/scopes.js';
import { SHOWN_STATES } from '../../src/http/operations/shown.state.js';
import type { Showing } from '../../src/reconciliation/finding.js';
import { OPERATION_KINDS } from '../../src/ledger/operation.kind.js';
import { Metrics } from '../../src/telemetry/metrics.js';

const ROOT = join(import.meta.dirname, '../..');

const DOCUMENT = new URL('../../docs/operations.md', import.meta.url);

/** Source of the labels. */
const SHOW = new URL('../../src/cli/operations/operations.text.ts', import.meta.url);

describe('the page for the person on call', () => {
  let text: string;
  let help = '';

  beforeAll(async () => {
    text = await readFile(DOCUMENT, 'utf8');
    const helpOf = (command: Command): string =>
      `tollgate ${command.parent?.name()} ${command.name()}: ${command.helpInformation()}\n${command.commands.map(helpOf).join('')}`;
    help = helpOf(programOf({ env: {}, out: () => undefined, err: () => undefined }));
  });

  const matches = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);

  it('has a section for every kind of write, with when not to decide', () => {
    const sections = text.split(/^### /m).slice(1);
    for (const kind of OPERATION_KINDS) {
      const section = sections.find((each) => (each.split('\n')[0] ?? '').includes(`\`${kind}\``)) ?? '';
      expect([kind, section]).toEqual([kind, expect.stringMatching(/\*\*(Do\s+not\s+decide|In\s+doubt)/)]);
      expect([kind, section]).toEqual([kind, expect.stringMatching(/approve|approval|may\s+decide/)]);
    }
  });

  it('explains every state', () => {
    for (const state of SHOWN_STATES) expect(text).toMatch(new RegExp(`^\\| \`${state}\``, 'm'));
  });

  it('uses commands and flags that there are', () => {
    for (const command of matches(/tollgate operations ([a-z]+)/g)) {
      expect(help).toContain(`tollgate operations ${command}`);
    }
    const flags = matches(/[`\s](--[a-z][a-z-]+)/g);
    expect(flags.length).toBeGreaterThan(20);
    expect(flags.filter((flag) => !help.includes(flag))).toEqual([]);
  });

  it('names lines of `tollgate operations show` that it prints', async () => {
    const printed = await readFile(SHOW, 'utf8');
    const labels = matches(/`([A-Z][a-z]+(?: [a-z]+)?)`/g);
    expect(labels.length).toBeGreaterThan(15);
    expect(labels.filter((label) => !printed.includes(`'${label}'`))).toEqual([]);
  });

  it('quotes log lines that the gateway writes', () => {
    const program = globSync('src/**/*.ts', { cwd: ROOT, exclude: ['**/*.spec.ts'] })
      .map((path) => readFileSync(join(ROOT, path), 'utf8'))
      .join('\n')
      // Literals that go on in the next line.
      .replaceAll(/['`] \+\s+['`]/g, '');
    const [, table = ''] = /^(\| Metric, or log line [^]*?)\n\n/m.exec(text) ?? [];
    const lines = Array.from(table.matchAll(/^\| `tollgate_\w+`, `([^`]+)`/gm), ([, line = '']) => line);
    expect(lines.length).toBeGreaterThan(3);
    const parts = lines.flatMap((line) => line.split(' … '));
    expect(parts.filter((part) => !program.includes(part))).toEqual([]);
  });

  it('names scopes, metrics and transitions that there are', async () => {
    const scopes = matches(/`([a-z]+:[a-z-]+)`/g);
    expect(scopes.filter((scope) => !(SCOPES as readonly string[]).includes(scope))).toEqual([]);
    const metrics = await new Metrics().text();
    const names = matches(/(tollgate_(?:operation|ledger)_[a-z_]+)/g);
    expect(names.filter((name) => !metrics.includes(`# TYPE ${name} `))).toEqual([]);
    const transitions = matches(/transition=~?"([a-z|-]+)"/g).flatMap((each) => each.split('|'));
    expect(new Set(transitions)).toEqual(new Set(['lose', 'expire']));
  });

  it('pages for an incident by its outcomes of all kinds of a tenant, since each kind can have few', () => {
    const rule = /# Page: outcomes become unknown[^]*?\n\n/.exec(text)?.[0] ?? '';
    expect(rule).toMatch(/^sum by \(tenant\) \($/m);
    expect(rule).toMatch(/^\) > 10$/m);
  });

  it('counts in every alert the first count of a series, which increase does not see', () => {
    const rules = (/```\n(# Page:[^]*?)```/.exec(text)?.[1] ?? '')
      .split(/^(?=# |sum)/m)
      .filter((each) => each.startsWith('sum'));
    expect(rules.length).toBeGreaterThan(4);
    for (const rule of rules) {
      const count = (part: RegExp) => [...rule.matchAll(part)].length;
      expect([rule, count(/\bunless\b/g)]).toEqual([rule, count(/\bincrease\(/g)]);
    }
  });

  it('warns where times are those of the first attempt: in the section of the list and of the decision', () => {
    const section = (title: string) => new RegExp(`^## ${title}\n[^]*?(?=^## )`, 'm').exec(text)?.[0];
    expect(section('2. List')).toMatch(/`--from`.*`CREATED`.*`--count-by minute`.*first\s+attempt/);
    expect(section('4. Decide')).toMatch(/`--from`.*first\s+attempt/);
  });

  it('warns of the circuit breaker where faults are practised, as the page of the simulators does', async () => {
    const simulators = await readFile(new URL('simulators.md', DOCUMENT), 'utf8');
    for (const page of [text, simulators]) expect(page).toMatch(/five\s+faults\s+in\s+a\s+row\s+open/i);
  });

  it('explains every word that a probe reports', () => {
    for (const shows of ['executed', 'seen', 'absent', 'undecided', 'noted'] satisfies Showing[]) {
      expect(text).toMatch(new RegExp(`^\\| \`${shows}\``, 'm'));
    }
  });
});
