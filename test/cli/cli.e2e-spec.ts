import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { run } from '../../src/cli/tollgate.cli.js';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function tollgate(...args: string[]): Promise<Ended> {
  let out = '';
  let err = '';
  const env = { TOKEN: 'canary-token' };
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

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-cli-'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function check(text: string): Promise<Ended> {
    const path = join(folder, 'tollgate.yaml');
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
      '1 tenant(s)\n  north: Import2 https://import.example.com/api/v2.1\n' +
        '1 caller(s)\n  mover: north; 1 scope(s), 1 key(s), 100 request(s) per 1 s\n' +
        '1 warning(s)\n  callers[0].keys[0]: has expired; the key is refused and can be removed\n',
    );
  });

  it('prints each error on a line of its own and exits with 1', async () => {
    const text = good.replace('{ env: TOKEN }', 'canary-token').replace('migrations:read', 'canary:read');
    const { code, out, err } = await check(text);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.split('\n').map((line) => line.split(': ')[0])).toEqual([
      'tenants[0].import2.apiToken',
      'callers[0].scopes',
      '',
    ]);
    expect(err).not.toContain('canary');
  });

  it('exits with 1 when the file does not exist', async () => {
    expect(await tollgate('config', 'check', join(folder, 'nowhere'))).toMatchObject({
      code: 1,
      err: '(file): cannot be read (ENOENT)\n',
    });
  });
});

describe('tollgate', () => {
  it.each([[['--help']], [['-h']], [['keys', 'new', '--help']]])('prints its usage: %j', async (args) => {
    const { code, out } = await tollgate(...args);
    expect(code).toBe(0);
    expect(out).toContain('tollgate config check FILE');
  });

  it.each([
    [[]],
    [['kyes', 'new']],
    [['keys']],
    [['config', 'check']],
    [['config', 'check', 'a', 'b']],
    [['keys', 'new', '--nmae', 'x']],
    [['keys', 'new', '--name']],
    [['keys', 'new', 'checkout']],
  ])('ends with 2 and the usage: %j', async (args: string[]) => {
    const { code, out, err } = await tollgate(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage:');
  });
});
