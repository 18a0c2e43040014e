import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const SCRIPT = join(ROOT, 'bin/api-changes.mjs');
/** `npm run check` installs it before the tests run; only a machine without Go, which is not CI, goes without. */
const hasTool = existsSync(join(ROOT, 'node_modules/.cache/oasdiff')) || process.env['CI'] !== undefined;
const withTool = hasTool ? describe : describe.skip;

interface Result {
  readonly code: number;
  readonly text: string;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'api-changes-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function compare(
  current: object,
  released: object = documentOf(),
  ...flags: string[]
): Promise<Result> {
  const paths = [join(folder, 'current.json'), join(folder, 'released.json')] as const;
  await writeFile(paths[0], JSON.stringify(current));
  await writeFile(paths[1], JSON.stringify(released));
  return new Promise((done) => {
    execFile(process.execPath, [SCRIPT, ...paths, ...flags], (error, _, text) =>
      done({ code: Number(error?.code ?? 0), text }),
    );
  });
}

describe('npm run api:changes', () => {
  it('fails for a document that differs under the version of the released one', async () => {
    const { code, text } = await compare(documentOf({ version: '1.0.0', members: ['id', 'note'] }));
    expect({ code, text }).toEqual({
      code: 1,
      text: expect.stringContaining('raise API_VERSION above 1.0.0'),
    });
  });

  it('fails for a version of another prefix', async () => {
    const { code, text } = await compare(documentOf({ version: '2.0.0' }));
    expect({ code, text }).toEqual({ code: 1, text: 'Version 2.0.0 is not one of /v1.\n' });
  });
});

withTool('npm run api:changes with oasdiff', () => {
  it.each([
    ['nothing', documentOf()],
    ['a new member', documentOf({ version: '1.1.0', members: ['id', 'note'] })],
  ])('passes for %s', async (_, current) => {
    expect((await compare(current)).code).toBe(0);
  });

  it.each([
    ['a removed member', documentOf({ version: '1.1.0', members: [] }), /removed the required property `id`/],
    [
      'another name of an operation',
      documentOf({ version: '1.1.0', operationId: 'readThing' }),
      /operation id/,
    ],
    ['another name of a schema', documentOf({ version: '1.1.0', schema: 'Item' }), /schema `Thing`/],
    ['another tag', documentOf({ version: '1.1.0', tag: 'Items' }), /tag `Things`/],
  ])('fails for %s', async (_, current, reason) => {
    const { code, text } = await compare(current);
    expect({ code, text }).toEqual({ code: 1, text: expect.stringMatching(reason) });
  });

  it('makes the document the released one with --release', async () => {
    const current = documentOf({ version: '1.1.0', members: ['id', 'note'] });
    expect((await compare(current, documentOf(), '--release')).code).toBe(0);
    expect(JSON.parse(await readFile(join(folder, 'released.json'), 'utf8'))).toEqual(current);
  });
});

interface Options {
  readonly version?: string;
  readonly members?: readonly string[];
  readonly operationId?: string;
  readonly schema?: string;
  readonly tag?: string;
}

function documentOf({
  version = '1.0.0',
  members = ['id'],
  operationId = 'getThing',
  schema = 'Thing',
  tag = 'Things',
}: Options = {}): object {
  const properties = Object.fromEntries(members.map((name) => [name, { type: 'string' }]));
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
  return {
    openapi: '3.1.0',
    info: { title: 'Things', version },
    paths: {
      '/v1/things': {
        get: { operationId, tags: [tag], responses: { 200: { description: 'One.', content } } },
      },
    },
    components: { schemas: { [schema]: { type: 'object', properties, required: members } } },
  };
}
