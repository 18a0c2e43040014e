import { CLIENT_LANGUAGES } from '../../clients/client.languages.js';
import { NEW_WORD, TomorrowsResponses } from '../../clients/tomorrow.words.js';
import { readFileSync } from 'node:fs';

const DOCUMENT = JSON.parse(
  readFileSync(new URL('../../src/http/openapi/openapi.json', import.meta.url), 'utf8'),
);
const NEW_MEMBER = { memberOfTomorrow: expect.anything() };

describe('a response of a later version of the API', () => {
  const responses = () => new TomorrowsResponses(DOCUMENT);
  const rewrite = (path: string, status: number, body: unknown, newWords = true) =>
    responses().rewrite('GET', path, { status, body }, { newWords });

  it('has new members in every object, and keeps maps and free JSON as they are', () => {
    const migration = { id: '7', status: 'created', items: { accounts: 1 }, users: { source: 1 } };
    expect(rewrite('/v1/migrations/7', 200, migration, false)).toEqual({
      ...migration,
      users: { source: 1, ...NEW_MEMBER },
      ...NEW_MEMBER,
    });
  });

  it('has new values in enumerations, also in lists, where null is allowed and in problems', () => {
    const operation = { id: '7', state: 'failed', outcome: 'executed', caller: 'failed' };
    expect(rewrite('/v1/operations', 200, { items: [operation], nextCursor: null })).toEqual({
      items: [{ ...operation, state: NEW_WORD, outcome: NEW_WORD, ...NEW_MEMBER }],
      nextCursor: null,
      ...NEW_MEMBER,
    });
    expect(rewrite('/v1/operations/7', 404, { code: 'operation-not-found', title: 'x' })).toMatchObject({
      code: NEW_WORD,
      title: 'x',
    });
  });

  it('has null in every member that may be null, and nowhere else', () => {
    const group = { id: '7', type: 'campaign', title: 'Spring', limit: 3 };
    const body = { items: [group], nextCursor: 'MQ' };
    const change = { newWords: false, nulls: true };
    expect(responses().rewrite('GET', '/v1/voucher-groups', { status: 200, body }, change)).toEqual({
      items: [{ ...group, title: null, limit: null, ...NEW_MEMBER }],
      nextCursor: null,
      ...NEW_MEMBER,
    });
    const migration = { id: '7', items: { accounts: 1 }, users: { source: 1 } };
    expect(
      responses().rewrite('GET', '/v1/migrations/7', { status: 200, body: migration }, change),
    ).toMatchObject({ id: '7', items: null, users: null });
  });

  it('is described by the range of its status where no other description is', () => {
    expect(rewrite('/v1/operations/7', 418, { code: 'teapot' })).toMatchObject({ code: NEW_WORD });
  });
});

it('has a client in Go, Java, Python and TypeScript, and a package', () => {
  const names = ['go', 'java', 'python', 'typescript', 'package'];
  expect(CLIENT_LANGUAGES.map(({ name }) => name)).toEqual(names);
});
