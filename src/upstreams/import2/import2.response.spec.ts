import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyResponseError,
  RejectedError,
  ThrottledError,
} from '../transport/upstream.errors.js';
import { readResponse, readEmpty, type Import2Call } from './import2.response.js';
import { readMigration, readMigrations, readStarted, readTools } from './import2.payload.js';

const ofOne: Import2Call = { operation: 'imports_get', ofMigration: true };
const ofAll: Import2Call = { operation: 'imports_create', ofMigration: false };

const response = (status: number, body: unknown) => ({
  status,
  contentType: 'application/json',
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

const thrownBy = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

const migration = { id: 'mig-7', token: 'canary-token', status: 'In preparation' };

describe('readResponse', () => {
  it.each([
    [400, ofAll, RejectedError],
    [401, ofAll, MisconfiguredError],
    [403, ofAll, MisconfiguredError],
    [404, ofOne, MissingError],
    [404, ofAll, MisconfiguredError],
    [429, ofOne, ThrottledError],
    [500, ofAll, NoTrustworthyResponseError],
    [503, ofOne, NoTrustworthyResponseError],
    [302, ofOne, NoTrustworthyResponseError],
    [418, ofOne, NoTrustworthyResponseError],
  ])('maps status %i for %j to %p without reading the body', (status, call, error) => {
    expect(thrownBy(() => readResponse(call, response(status, '<html>'), readMigration))).toBeInstanceOf(
      error,
    );
    expect(thrownBy(() => readEmpty(call, response(status, '')))).toBeInstanceOf(error);
  });

  it('Import2 F36: retries after one second, as the vendor gives no time', () => {
    const error = thrownBy(() => readEmpty(ofOne, response(429, '')));
    expect(error).toMatchObject({ retryAfterSeconds: 1 });
  });

  it('Import2 F31: turns the fields of a 422 into refused fields', () => {
    const error = thrownBy(() =>
      readResponse(ofAll, response(422, { source_tool: ['is invalid'] }), readStarted),
    );
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({ fields: [{ pointer: '/sourceTool', detail: 'is not valid' }] });
  });

  it.each([{ source_tool: [] }, {}, '', '<html>', '"no"'])(
    'Import2 F31: does not take a 422 with the body %p as a refusal',
    (body) => {
      const error = thrownBy(() => readResponse(ofAll, response(422, body), readStarted));
      expect(error).toMatchObject({ name: 'NoTrustworthyResponseError', kind: 'garbled' });
    },
  );

  it.each([
    '',
    '<html>',
    '{"id":"mig-7"',
    '{"id":"mig-7","status":"In preparation",}',
    'null',
    '[]',
    '\u0000',
  ])('Import2 F37: reports the body %p of a migration as garbled', (body) => {
    const error = thrownBy(() => readResponse(ofOne, response(200, body), readMigration));
    expect(error).toMatchObject({ name: 'NoTrustworthyResponseError', kind: 'garbled' });
  });

  it('reports a body that is not UTF-8 as garbled', () => {
    const body = Buffer.from([0x22, 0xff, 0x22]);
    const error = thrownBy(() => readResponse(ofOne, { ...response(200, ''), body }, (text) => text));
    expect(error).toMatchObject({ kind: 'garbled' });
  });

  it('reports a body that is nested too deep as garbled, before it is parsed', () => {
    const body = `{"id":"mig-7","status":"In preparation","more":${'['.repeat(40)}${']'.repeat(40)}}`;
    const error = thrownBy(() => readResponse(ofOne, response(200, body), readMigration));
    expect(error).toMatchObject({ kind: 'garbled', reason: 'status 200, unreadable JSON: too deep' });
  });

  it('keeps vendor text out of the error and its cause', () => {
    const error = thrownBy(() => readResponse(ofOne, response(200, 'canary-token'), readMigration)) as Error;
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('canary');
  });
});

describe('readEmpty', () => {
  it.each(['', ' ', '\n', '{}'])('Import2 F30: accepts a 200 with the body %p', (body) => {
    expect(thrownBy(() => readEmpty(ofOne, response(200, body)))).toBeUndefined();
  });

  it('Import2 F30: does not accept a foreign page', () => {
    const error = thrownBy(() => readEmpty(ofOne, response(200, '<html>')));
    expect(error).toMatchObject({ kind: 'garbled' });
  });
});

describe('a migration', () => {
  const read = (body: unknown) => readResponse(ofOne, response(200, body), readMigration);

  it('Import2 F32: keeps its id a string and drops its token', () => {
    expect(read({ ...migration, id: '0789' })).toEqual({
      id: '0789',
      status: 'in_preparation',
      upstreamStatus: 'In preparation',
      items: null,
      users: null,
    });
  });

  it('has counts of items and users when the vendor gives them', () => {
    const users = { source_tool: 5, destination_tool: 4, matched: null };
    expect(read({ ...migration, items: { deals: 0, notes: 12 }, users })).toMatchObject({
      items: { deals: 0, notes: 12 },
      users: { sourceTool: 5, destinationTool: 4, matched: null },
    });
  });

  it('cannot change a prototype by the name of an item type', () => {
    const body = '{"id":"mig-7","items":{"__proto__":3}}';
    const { items } = readResponse(ofOne, response(200, body), readMigration);
    expect(Object.entries(items ?? {})).toEqual([['__proto__', 3]]);
  });

  it('is of unknown status when the vendor gives none', () => {
    expect(read({ id: 'mig-7' })).toMatchObject({ status: 'unknown', upstreamStatus: null });
  });

  it.each([
    ['a number as id', { ...migration, id: 789123 }],
    ['an id that would change a path', { ...migration, id: '../tools' }],
    ['an id without end', { ...migration, id: 'x'.repeat(129) }],
    ['a status that is no text', { ...migration, status: 7 }],
    ['a status without end', { ...migration, status: 'x'.repeat(201) }],
    ['items as a list', { ...migration, items: [1] }],
    ['items that are no counts', { ...migration, items: { deals: 'many' } }],
    ['a negative count', { ...migration, items: { deals: -1 } }],
    ['half an item', { ...migration, items: { deals: 0.5 } }],
    ['item types without end', { ...migration, items: countsOf(201) }],
    ['users that are no object', { ...migration, users: 3 }],
    ['users that are no counts', { ...migration, users: { matched: 'all' } }],
  ])('is garbled with %s', (_, body) => {
    expect(thrownBy(() => read(body))).toMatchObject({ kind: 'garbled' });
  });

  it('makes the whole list garbled when it is', () => {
    const error = thrownBy(() => readResponse(ofAll, response(200, [migration, { id: 7 }]), readMigrations));
    expect(error).toMatchObject({ kind: 'garbled' });
  });
});

describe('a started migration', () => {
  const read = (redirect_url: unknown) =>
    readResponse(ofAll, response(201, { ...migration, redirect_url }), readStarted);

  it.each([
    'https://www.vendor.example/imports/1/2',
    'http://127.0.0.1:4002/imports/1/2',
    'http://localhost:4002/imports/1/2',
    'http://[::1]:4002/imports/1/2',
  ])('Import2 F32: redirects the customer to %s without a token', (url) => {
    expect(read(url)).toEqual({ id: 'mig-7', redirectUrl: url });
  });

  it.each([
    'http://www.vendor.example/imports/1/2',
    'http://localhost.vendor.example/imports/1/2',
    'javascript:alert(1)',
    '/imports/1/2',
    `https://www.vendor.example/${'x'.repeat(2_048)}`,
    7,
    undefined,
  ])('is garbled when it would redirect the customer to %p', (url) => {
    expect(thrownBy(() => read(url))).toMatchObject({ kind: 'garbled' });
  });
});

describe('tools', () => {
  const read = (body: unknown) => readResponse(ofAll, response(200, body), readTools);

  it('have a name and a label, which defaults to the name', () => {
    expect(read([{ name: 'acme', label: 'Acme CRM' }, { name: 'other' }])).toEqual([
      { name: 'acme', label: 'Acme CRM' },
      { name: 'other', label: 'other' },
    ]);
  });

  it.each([{}, [{}], [{ name: '' }], [null], { tools: [] }])('are garbled as %j', (body) => {
    expect(thrownBy(() => read(body))).toMatchObject({ kind: 'garbled' });
  });
});

function countsOf(types: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: types }, (_, index) => [`type-${index}`, index]));
}
