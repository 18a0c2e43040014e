import { readFileSync } from 'node:fs';
import { startGateway, type TestGateway } from '../support/gateway.js';

interface Example {
  readonly curls: readonly string[];
  readonly expected: Readonly<Record<string, unknown>> | undefined;
}

const PAGE = readFileSync(new URL('../../docs/simulators.md', import.meta.url), 'utf8');

/** Every block of commands, with the block of its response if there is one. */
function examples(): Example[] {
  const blocks = [...PAGE.matchAll(/```(sh|json)\n([^]*?)```/g)].map(([, kind, text = '']) => ({
    kind,
    text,
  }));
  return blocks.flatMap(({ kind, text }, at) => {
    if (kind !== 'sh') return [];
    const next = blocks[at + 1];
    const curls = text
      .replaceAll(/\\\n\s*/g, '')
      .trim()
      .split('\n');
    return [
      { curls, expected: next?.kind === 'json' ? (JSON.parse(next.text) as Example['expected']) : undefined },
    ];
  });
}

/** One `curl -s [-X METHOD] URL [-H HEADER]… [-d BODY]`. */
async function run(command: string, origins: Readonly<Record<string, string>>): Promise<unknown> {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  expect(words.slice(0, 2)).toEqual(['curl', '-s']);
  const all = (flag: string) => words.filter((_, at) => words[at - 1] === flag);
  const url = words.find((word) => word.startsWith('http://')) ?? '';
  const { origin, pathname } = new URL(url);
  const [body] = all('-d');
  const response = await fetch(`${origins[origin]}${pathname}`, {
    method: all('-X')[0] ?? 'GET',
    headers: Object.fromEntries(
      all('-H').map((header) => header.split(/: (.*)/).slice(0, 2) as [string, string]),
    ),
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

describe('docs/simulators.md', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ demo: true });
  });

  afterAll(() => gateway.close());

  it('has commands that return what it documents', async () => {
    const origins = {
      'http://127.0.0.1:3000': gateway.url,
      'http://127.0.0.1:4001': gateway.spid.url,
      'http://127.0.0.1:4002': gateway.import2.url,
    };
    for (const { curls, expected } of examples()) {
      let last: unknown;
      for (const command of curls) last = await run(command, origins);
      if (expected === undefined) expect(last).toBeUndefined();
      else expect(withAnyOf(last, expected)).toMatchObject(expected);
    }
  });

  it.each(['__faults', '__ledger', '__clients', '__quirks', '__clock', '__migrations'])(
    'has an example of /%s',
    (control) => {
      expect(examples().some(({ curls }) => curls.some((command) => command.includes(`/${control}`)))).toBe(
        true,
      );
    },
  );
});

/** A list of effects is longer than the documented part of it: the items that are documented. */
function withAnyOf(last: unknown, expected: Example['expected']): unknown {
  const { effects } = last as { effects?: { userId: string }[] };
  const [documented] = (expected?.['effects'] ?? []) as { userId: string }[];
  return effects && documented
    ? { effects: effects.filter(({ userId }) => userId === documented.userId) }
    : last;
}
