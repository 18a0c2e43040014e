import type { Command } from 'commander';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { programOf, run } from '../../src/cli/tollgate.cli.js';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function tollgate(...args: string[]): Promise<Ended> {
  let out = '';
  let err = '';
  const env = { TOKEN: 'canary-token-of-20-chars' };
  const code = await run(args, { env, out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}

describe('tollgate keys new', () => {
  it('prints a key of 32 random bytes and the entry that the settings file takes', async () => {
    const { code, out, err } = await tollgate('keys', 'new', '--name', 'checkout');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const key = /^ {2}(tg_[\w-]{43})$/m.exec(out)?.[1] ?? '';
    const entry = parse(/^ {2}- sha256: .*$/m.exec(out)?.[0] ?? '') as unknown;
    expect(entry).toEqual([{ sha256: createHash('sha256').update(key).digest('hex') }]);
    expect(out.split(key)).toHaveLength(2);
    expect(out).toContain('caller checkout');
  });

  it('prints the same as JSON for scripts', async () => {
    const { out } = await tollgate('keys', 'new', '--name', 'checkout', '--json');
    const { name, key, sha256 } = JSON.parse(out);
    expect(name).toBe('checkout');
    expect(sha256).toBe(createHash('sha256').update(key).digest('hex'));
  });

  it('never creates the same key twice', async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => tollgate('keys', 'new', '--json')));
    const keys = made.map(({ out }) => JSON.parse(out).key as string);
    expect(new Set(keys).size).toBe(50);
  });
});

describe('tollgate config check', () => {
  let folder: string;
  let path: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-cli-'));
    path = join(folder, 'tollgate.yaml');
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function check(text: string): Promise<Ended> {
    writeFileSync(path, text);
    return tollgate('config', 'check', path);
  }

  const good = `
tenants:
  - name: north
    import2: { baseUrl: https://import.example.com/api/v2.1, apiToken: { env: TOKEN } }
callers:
  - name: mover
    tenants: [north]
    scopes: [migrations:read]
    keys: [{ sha256: ${'c3'.repeat(32)}, expires: 2020-01-01T00:00:00Z }]
`;

  it('summarises a valid file and its warnings, without a secret', async () => {
    const { code, out, err } = await check(good);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      '1 tenant\n  north: Import2 https://import.example.com/api/v2.1\n' +
        '1 caller\n  mover: north; 1 scope, 1 key, 100 requests per 1 s\n' +
        `${path}:9:12: callers[0].keys[0] (caller mover): warning: has expired; the key is refused and can be removed\n` +
        `${path} is valid, with 1 warning\n`,
    );
  });

  it('names what callers without a tenant reach', async () => {
    const key = (digits: string) => `keys: [{ sha256: ${digits.repeat(32)} }]`;
    const { code, out } = await check(
      `${good}  - { name: prometheus, scopes: [ops:read, ops:read-all-tenants], ${key('d4')} }\n` +
        `  - { name: probe, scopes: [ops:read], ${key('e5')} }\n`,
    );
    expect(code).toBe(0);
    expect(out).toContain('  prometheus: no tenant, reads metrics and health of all; 2 scopes, 1 key,');
    expect(out).toContain('  probe: no tenant; 1 scope, 1 key,');
  });

  it('prints each error on a line of its own and exits with 1', async () => {
    const text = good.replace('{ env: TOKEN }', 'canary-token').replace('migrations:read', 'canary:read');
    const { code, out, err } = await check(text);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.split('\n').map((line) => line.split(': ').slice(0, 2).join(' '))).toEqual([
      `${path}:4:62 tenants[0].import2.apiToken (tenant north)`,
      `${path}:8:14 callers[0].scopes[0] (caller mover)`,
      `${path} is refused 2 errors; rules between settings were not checked yet`,
      '',
    ]);
    expect(err).not.toContain('canary');
  });

  it('exits with 1 when the file does not exist', async () => {
    expect(await tollgate('config', 'check', join(folder, 'nowhere'))).toMatchObject({
      code: 1,
      err: `${join(folder, 'nowhere')}: cannot be read: there is no such file (ENOENT)\n${join(folder, 'nowhere')} is refused: 1 error\n`,
    });
  });

  it.each([
    [
      '{ file: no/such-secret }',
      /4:62: .* \(tenant north\): refers to .* \(ENOENT\); the file is FOLDER\/no\/such-secret\n/,
    ],
    ['{ env: NO_TOKEN }', /is not set; the variable is NO_TOKEN\n/],
    ['{ file: 4e8463569caf7ca0canary }', /\(ENOENT\); what it names is not shown/],
    ['{ env: Xk3r9canary8fj2mQ1 }', /is not set; what it names is not shown/],
  ])('names what the reference %s leads to, unless it may be the secret', async (reference, line) => {
    const { err } = await check(good.replace('{ env: TOKEN }', reference));
    expect(err.replaceAll(folder, 'FOLDER')).toMatch(line);
    expect(err).not.toContain('canary');
  });

  it('reports a wrong indent once, with its place', async () => {
    const { err } = await check(good.replace('    tenants: [north]', '   tenants: [north]'));
    expect(err).toBe(
      `${path}:7:4: is not indented as its neighbours are: the keys of one mapping, and the entries of one list, ` +
        `begin in one column\n${path} is refused: 1 error; its settings were not checked yet\n`,
    );
  });

  it('reports warnings beside errors', async () => {
    const { err } = await check(
      good.replace('keys:', 'weight: 010\n    limit: { requests: 0, perSeconds: 1 }\n    keys:'),
    );
    expect(err).toContain('callers[0].weight (caller mover): warning: looks like an octal');
    expect(err).toContain('is refused: 1 error and 1 warning; rules between settings were not checked yet\n');
  });
});

describe('tollgate', () => {
  it.each([
    [['--help'], 'tollgate', 'operations'],
    [['help'], 'tollgate', 'operations'],
    [['-h'], 'tollgate', 'Exit codes:'],
    [['keys', '--help'], 'tollgate keys', 'new'],
    [['keys', 'new', '--help'], 'tollgate keys new', '--name <caller>'],
    [['help', 'config'], 'tollgate config', 'check'],
    [['operations', 'list', '-h'], 'tollgate operations list', '--voucher-group <id>'],
    [['operations', 'resolve', '--help', '--nonsense'], 'tollgate operations resolve', '--decision'],
    [['completion', '--help'], 'tollgate completion', 'source <(tollgate completion bash)'],
  ])('prints the help of one command: %j', async (args, path, part) => {
    const { code, out, err } = await tollgate(...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^Usage: ${path} [[<]`));
    expect(out).toContain(part);
  });

  it.each([
    [[], 'a command is required: keys, config, operations, completion.', 'tollgate'],
    [['kyes', 'new'], "unknown command 'kyes' (Did you mean keys?)", 'tollgate'],
    [['--verbose'], "unknown option '--verbose'", 'tollgate'],
    [['keys'], 'a command is required: new.', 'tollgate keys'],
    [['operations', 'lst'], "unknown command 'lst' (Did you mean list?)", 'tollgate operations'],
    [['config', 'check'], "missing required argument 'file'", 'tollgate config check'],
    [['config', 'check', 'a', 'b'], 'too many arguments', 'tollgate config check'],
    [['keys', 'new', '--nmae', 'x'], "unknown option '--nmae' (Did you mean --name?)", 'tollgate keys new'],
    [['keys', 'new', '--name'], "option '--name <caller>' argument missing", 'tollgate keys new'],
    [['keys', 'new', 'checkout'], 'too many arguments', 'tollgate keys new'],
    [['keys', 'new', '--name', 'A B'], '--name must be 1 to 64 lowercase letters', 'tollgate keys new'],
    [['keys', 'new', '--\u001b[31m'], "unknown option '--\\u001b[31m'", 'tollgate keys new'],
    [['completion'], "missing required argument 'shell'", 'tollgate completion'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish', 'tollgate completion'],
  ])('ends with 2, the error and one line: %j', async (args: string[], error, path) => {
    const { code, out, err } = await tollgate(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.split('\n')).toEqual([expect.stringContaining(error), `Help: ${path} --help`, '']);
    expect(err).toMatch(/^error: /);
  });
});

describe('tollgate completion', () => {
  /** What bash offers after these words; the last one is incomplete. */
  async function offered(...words: readonly string[]): Promise<string[]> {
    const { out } = await tollgate('completion', 'bash');
    const ask = `${out}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tollgate; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', ask, 'bash', 'tollgate', ...words]);
    return stdout.split('\n').filter((line) => line !== '');
  }

  it.each<[string[], string[]]>([
    [['op'], ['operations']],
    [
      ['operations', 's'],
      ['show', 'summary'],
    ],
    [
      ['operations', 'list', '--'],
      ['--state', '--json', '--gateway', '--waiting-for'],
    ],
    [
      ['operations', 'list', '--all', '--state', ''],
      ['running', 'unknown'],
    ],
    [
      ['operations', 'list', '--waiting-for', ''],
      ['evidence', 'person'],
    ],
    [['operations', 'resolve', '--decision', 'n'], ['not_executed']],
    [['config', 'check', 'package.j'], ['package.json']],
    [['keys', 'new', '--name', ''], []],
    [['completion', 'z'], ['zsh']],
  ])('offers in bash after %j: %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected.length === 0 ? [] : expect.arrayContaining(expected));
  });

  it.each(['bash', 'zsh', 'fish'] as const)('has every command and flag for %s', async (shell) => {
    const { code, out, err } = await tollgate('completion', shell);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const flags = (command: Command): string[] => [
      ...command.options.map(({ long }) => long ?? ''),
      ...command.commands.flatMap(flags),
    ];
    const quiet = { env: {}, out: () => undefined, err: () => undefined };
    const all = flags(programOf(quiet));
    expect(all.length).toBeGreaterThan(20);
    const written = (flag: string) => out.includes(shell === 'fish' ? ` -l ${flag.slice(2)} ` : `${flag} `);
    expect(all.filter((flag) => !written(flag))).toEqual([]);
  });
});
