import { refusedFields } from './import2.refusal.js';

const REFUSED = 'was refused by the migration service';

describe('refusedFields', () => {
  it('Import2 F31: ignores fields with an empty list and reads `destination` as the whole body', () => {
    expect(
      refusedFields({
        source_tool: ['is not supported'],
        destination_instance_url: [],
        destination_username: [],
        destination_token: ["can't be blank"],
        destination: ["Couldn't access your Acme account due to: 401 Unauthorized"],
      }),
    ).toEqual([
      { pointer: '/sourceTool', detail: 'is not supported' },
      { pointer: '/destinationToken', detail: 'must be given' },
      { pointer: '', detail: 'the destination account could not be accessed' },
    ]);
  });

  it.each([
    ['source_tool', '/sourceTool'],
    ['destination_instance_url', '/destinationInstanceUrl'],
    ['destination_username', '/destinationUsername'],
    ['destination_token', '/destinationToken'],
    ['start_full', '/startFull'],
    ['destination', ''],
    ['base', ''],
    ['__proto__', ''],
  ])('points from %s to "%s"', (key, pointer) => {
    const body: unknown = JSON.parse(`{"${key}":["is invalid"]}`);
    expect(refusedFields(body)).toEqual([{ pointer, detail: 'is not valid' }]);
  });

  it.each([
    'token s3cr3t-canary was refused by upstream.example',
    "can't be blank s3cr3t-canary",
    'is not supported: s3cr3t-canary',
    "Couldn't access your s3cr3t-canary account",
    { nested: 's3cr3t-canary' },
  ])('never passes on a vendor message: %p', (message) => {
    expect(JSON.stringify(refusedFields({ source_tool: [message] }))).not.toContain('s3cr3t-canary');
  });

  it('uses a general text for an unknown message', () => {
    expect(refusedFields({ source_tool: ['may not move on a Sunday'] })).toEqual([
      { pointer: '/sourceTool', detail: REFUSED },
    ]);
  });

  it('reports the same error of a field once', () => {
    expect(refusedFields({ source_tool: ['one', 'two'], base: ['three'], destination: ['four'] })).toEqual([
      { pointer: '/sourceTool', detail: REFUSED },
      { pointer: '', detail: REFUSED },
    ]);
  });

  it.each([
    ['no fields at all', {}],
    ['Import2 F31: only empty lists', { source_tool: [], destination: [] }],
    ['a list', ['is not supported']],
    ['another envelope', { error: 'unprocessable' }],
    ['a text', 'is not supported'],
    ['null', null],
  ])('does not take %s as a refusal', (_, body) => {
    expect(refusedFields(body)).toBeUndefined();
  });
});
