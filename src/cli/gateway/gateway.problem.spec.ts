import { readFile } from 'node:fs/promises';
import { GatewayProblem } from './gateway.problem.js';

const DOCUMENT = new URL('../../http/openapi/openapi.json', import.meta.url);

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
}

interface ApiDocument {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly parameters?: readonly Parameter[] }>>>
  >;
  readonly components: {
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly schemas: { readonly ResolveOperationDto: { readonly properties: object } };
  };
}

/** No flag sets them: an id is an operand, and the time of a call is fixed. */
const WITHOUT_FLAG = new Set(['/headers/Tollgate-Deadline-Ms', '/path/id']);

describe('a problem at the command line', () => {
  const problem = (detail: string, pointer = '/query/from') =>
    new GatewayProblem({
      type: '/docs/problems/validation-failed',
      title: 'Validation failed',
      status: 400,
      detail,
      errors: [{ pointer, detail }],
    });

  it('names a flag for every parameter and field of the operations in the API document', async () => {
    const document = JSON.parse(await readFile(DOCUMENT, 'utf8')) as ApiDocument;
    const resolved = ({ $ref, ...parameter }: Parameter): Parameter =>
      $ref === undefined
        ? parameter
        : (document.components.parameters[$ref.split('/').at(-1) ?? ''] ?? parameter);
    const routes = Object.entries(document.paths).filter(([path]) => path.startsWith('/v1/operations'));
    const pointers = routes
      .flatMap(([, route]) => Object.values(route))
      .flatMap(({ parameters = [] }) => parameters.map(resolved))
      .map(({ name, in: where }) => `/${where === 'header' ? 'headers' : where}/${name}`)
      .concat(
        Object.keys(document.components.schemas.ResolveOperationDto.properties).map((name) => `/${name}`),
      );
    expect(pointers.length).toBeGreaterThan(15);
    for (const pointer of new Set(pointers.filter((each) => !WITHOUT_FLAG.has(each)))) {
      const [, line = ''] = problem('is wrong', pointer).message.split('\n');
      expect([pointer, line]).toEqual([pointer, expect.stringMatching(/^ {2}(--[a-z-]+|the id) is wrong$/)]);
    }
  });

  it.each([
    ['name one in Tollgate-Tenant.', 'name one in --tenant.'],
    ['The If-Match header is malformed.', 'The value of --if-match is malformed.'],
    ['Send a valid key as Authorization: Bearer <key>.', 'Send a valid key as --key-file <key>.'],
  ])('names flags in place of headers: %s', (detail, shown) => {
    expect(problem(detail).message.split('\n')).toEqual([
      `Validation failed (400 validation-failed): ${shown}`,
      `  --from ${shown}`,
    ]);
  });

  it('names a field without a flag as a word', () => {
    expect(problem('is unknown', '/query/newest').message).toContain('\n  newest is unknown');
  });
});
