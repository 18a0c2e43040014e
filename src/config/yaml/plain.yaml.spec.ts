import { array, assert, constantFrom, nat, property, record } from 'fast-check';
import { parseDocument } from 'yaml';
import { readPlainYaml } from './plain.yaml.js';

const TEXT = `# comment å
tenants:
  - name: demo
    spid:
      baseUrl: 'http://127.0.0.1:4001'
      clientId: "4e84"
      clientSecret: { file: s }
      timeZone: Europe/Oslo # zone
    evidence: { snapshots: on, x: [a, b], y: [{ z: true, w: 1 }] }
callers:
  - name: shop
    tenants: [demo]
    scopes:
      - entitlements:read
    keys:
      - { sha256: 09ab, expires: 2027-06-30T00:00:00Z }
      - sha256: abc
        expires: 2027-06-30T00:00:00Z
    limit: { requests: 100, perSeconds: 1.5 }
    resources:
      products: ['news-*', plain]
    weight: 2

trustedProxies:
- 10.0.0.0/8
- "fd00::/8"
empty:
`;

/** What is inserted, between bars. */
const PIECES =
  ' |  |\n|\n  |:|: |-|- |#| #|,|[|]|{|}|\'|"|~|>|&a |*a|null|1|.5|+1|1e3|0o7|0x1|1_0|0b1|.inf|True|a| - |=|\\|\t|\r\n|<<|\n---\n|!x '.split(
    '|',
  );

const change = record({ at: nat(TEXT.length), removed: nat(3), inserted: constantFrom('', ...PIECES) });

function strictly(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'error' });
  return document.errors.length + document.warnings.length > 0 ? 'refused' : document.toJS();
}

describe('readPlainYaml', () => {
  it('reads simple entries', () => {
    expect(readPlainYaml(TEXT)).toMatchObject({
      callers: [{ limit: { requests: 100, perSeconds: 1.5 } }],
      empty: null,
    });
  });

  it('reads what the other parser reads, or leaves it to that', () => {
    assert(
      property(array(change, { minLength: 0, maxLength: 3 }), (changes) => {
        let text = TEXT;
        for (const { at, removed, inserted } of changes)
          text = text.slice(0, at) + inserted + text.slice(at + removed);
        const value = readPlainYaml(text);
        if (value !== undefined) expect(value).toEqual(strictly(text));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    'a: 1\na: 2',
    'a: &x 1\nb: *x',
    'a: 0x10',
    'null: 1',
    'a: { Null: 1 }',
    'a: "x\n  y"',
    'a: [1,\n2]',
    'a: |\n  x',
    '---\na: 1',
    'a: !x 1',
    '? a',
    'a',
  ])('leaves %j to the other parser', (text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });

  it.each([
    '1_000',
    '0b11',
    '+1',
    '1e3',
    '.5',
    '5.',
    '012',
    'no',
    'on',
    'Null',
    'TRUE',
    '2027-06-30',
    '1.2.3',
    '12e34',
  ])('reads %s as YAML 1.2 does', (text) => {
    expect(readPlainYaml(`a: ${text}`)).toEqual(strictly(`a: ${text}`));
  });
});
