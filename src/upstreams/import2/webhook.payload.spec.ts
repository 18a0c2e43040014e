import { UnreadableError } from '../transport/response/unreadable.error.js';
import { readAnnouncement } from './webhook.payload.js';

const GOOD = {
  id: '700001',
  token: 'canary-token',
  status_code: 'scheduled',
  status: 'Sample migration in progress',
  users: { source_tool: 12, destination_tool: 9, matched: 7 },
  timestamp: 1_773_059_346_000,
};

const read = (changes: object = {}) => readAnnouncement(JSON.stringify({ ...GOOD, ...changes }));

describe('readAnnouncement', () => {
  it('reads the known members, without the token', () => {
    expect(read({ items: { contacts: 5 }, event: 'x' })).toEqual({
      migrationId: '700001',
      upstreamStatus: 'Sample migration in progress',
      upstreamStatusCode: 'scheduled',
      users: { sourceTool: 12, destinationTool: 9, matched: 7 },
      timestampMs: 1_773_059_346_000,
    });
  });

  it('reads the shorter bodies of older versions (Import2 E4, E5)', () => {
    expect(readAnnouncement('{"id":"my-import-id","status":"in_progress","warnings":{}}')).toEqual({
      migrationId: 'my-import-id',
      upstreamStatus: 'in_progress',
      upstreamStatusCode: null,
      users: null,
      timestampMs: null,
    });
  });

  it('skips a byte order mark', () => {
    expect(readAnnouncement(`\ufeff${JSON.stringify(GOOD)}`)).toEqual(read());
  });

  it.each(['0', '700001', '9007199254740993', '123456789012345678901234567890'])(
    'reads the number %s digit by digit',
    (digits) => {
      expect(
        readAnnouncement(`{"id":${digits},"status":${digits},"status_code":${digits},"timestamp":1}`),
      ).toEqual({
        migrationId: digits,
        upstreamStatus: digits,
        upstreamStatusCode: digits,
        users: null,
        timestampMs: 1,
      });
    },
  );

  it('reads a timestamp in a string', () => {
    expect(read({ timestamp: '1773059346000' })).toEqual(read());
  });

  it.each([null, 'many', [], { matched: -1 }, { matched: '7' }])(
    'loses no event for the users %j',
    (users) => {
      expect(read({ users }).users).toBeNull();
    },
  );

  it.each([
    '',
    'null',
    '[]',
    '"text"',
    '{',
    '{}',
    `${JSON.stringify(GOOD)}}`,
    '\ufeff\ufeff{"id":"1"}',
    '['.repeat(30_000),
    '{"__proto__":{"id":"700001"}}',
  ])('refuses what is not a webhook: %.30j', (text) => {
    expect(() => readAnnouncement(text)).toThrow(UnreadableError);
  });

  it.each([
    { id: -700_001 },
    { id: 700_001.5 },
    { id: 1e30 },
    { id: true },
    { id: ['700001'] },
    { id: '' },
    { id: '../700001' },
    { id: 'a'.repeat(129) },
    { status: true },
    { status: 'a'.repeat(201) },
    { status: 'Migration\ncompleted' },
    { status: 'Migration\u0000' },
    { status: '\u009b31mMigration' },
    { status: '\ud800' },
    { status_code: { a: 1 } },
    { status_code: 'a\u001bb' },
    { timestamp: '1773059346000 ' },
    { timestamp: '17730593460001234567' },
    { timestamp: '' },
    { timestamp: 1_773_059_346_000.5 },
    { timestamp: 1e300 },
    { timestamp: true },
  ])('refuses %.60j without quoting it', (changes) => {
    expect(() => read(changes)).toThrow(/^unreadable (id|status|status_code|timestamp)$/);
  });

  it('changes no prototype', () => {
    read({ ['__proto__']: { polluted: true }, constructor: { prototype: { polluted: true } } });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
