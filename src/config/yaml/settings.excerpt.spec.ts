import * as fc from 'fast-check';
import { excerptOf } from './settings.excerpt.js';
import { placesIn } from './settings.places.js';

const head = (indent: string) => `# callers and tenants
tenants:
${indent}- name: north # the first
${indent}  spid:
${indent}    clientSecret: { file: spid-secret }
${indent}    scopes:
${indent}    - a
${indent}- name: south
${indent}  spid: { clientId: x }
callers:
`;

const caller = (indent: string, number: number) => `${indent}- name: caller-${number}
${indent}  scopes: [entitlements:read, ops:read]
${indent}  keys:
${indent}    - sha256: ${number}

${indent}    # the next
${indent}    - sha256: 2
`;

const TAIL = `ledger:
  answerKeys:
    - { id: a, key: { file: answer-key } }
`;

const settings = (indent: string, callers: number) =>
  head(indent) + Array.from({ length: callers }, (_, number) => caller(indent, number)).join('') + TAIL;

const PATHS = [
  '(file)',
  'line 3, column 9',
  'tenants',
  'tenants[0].spid.clientSecret',
  'tenants[0].spid.scopes[0]',
  'tenants[1].spid.clientId',
  'tenants[2].name',
  'callers',
  'callers[0].keys[1].sha256',
  'callers[3].scopes[1]',
  'callers[3].limit.requests',
  'callers[99].name',
  'ledger.answerKeys[0].key',
  'ledger.keyDays',
  'issuers[0].name',
];

describe('excerptOf', () => {
  it('has the same places as the whole text', () => {
    const paths = fc.subarray(PATHS, { minLength: 1 });
    fc.assert(
      fc.property(
        paths,
        fc.constantFrom('', '  ', '    '),
        fc.integer({ min: 1, max: 6 }),
        (chosen, indent, callers) => {
          const text = settings(indent, callers);
          const [whole, excerpt] = [placesIn(text), placesIn(excerptOf(text, chosen))];
          expect(chosen.map(excerpt)).toEqual(chosen.map(whole));
        },
      ),
    );
  });

  it('leaves out the entries that are not named', () => {
    const excerpt = excerptOf(settings('  ', 1_000), ['callers[500].keys[0].sha256']);
    expect(excerpt.match(/caller-\d+/g)).toEqual(['caller-500']);
    expect(excerpt).not.toMatch(/north|answer-key/);
  });

  it('is the whole text where lines depend on each other', () => {
    const text = settings('  ', 2).replace('{ file: spid-secret }', '&a { file: spid-secret }');
    expect(excerptOf(text, ['callers'])).toBe(text);
  });
});
