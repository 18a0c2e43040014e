import { knownSecrets } from '../../../src/config/secrets/known.secrets.js';
import { Secret } from '../../../src/config/secrets/secret.js';
import { LedgerCipher } from '../../../src/ledger/sealing/ledger.cipher.js';
import type { Database } from '../../../src/store/database/database.js';
import { aWrite, LedgerParts, running } from './ledger.parts.js';

/** What is stored of requests and responses, on any database. */
export function describeStoredResponses(open: () => Database): void {
  let parts: LedgerParts;

  beforeEach(async () => {
    parts = new LedgerParts(open());
    await parts.clear();
  });

  const begin = (changes = {}) => parts.begin(changes);
  const find = (id: string) => parts.found(id);

  it('stores no known secret of a request or a response', async () => {
    const secret = 'canary-of-the-ledger-0123456789';
    knownSecrets.learnToken('canary of the ledger', new Secret(secret));
    const operation = running(await begin({ request: { body: { title: `it is ${secret}` } } }));
    await parts.ledger.succeed(operation, { status: 200, body: { title: secret } });
    expect((await find(operation.id)).request).toEqual({ body: { title: 'it is [redacted]' } });
    expect((await parts.queries.findResponse('demo', operation.id))?.body).toEqual({ title: '[redacted]' });
  });

  describe('a confidential response', () => {
    const CODES = { status: 200, body: { items: [{ code: 'SAMPLE-CODE-1' }] } };

    it('is replayed, and is stored only as ciphertext', async () => {
      const operation = running(await begin({ confidential: true }));
      await parts.ledger.succeed(operation, CODES);
      expect(await begin({ confidential: true })).toMatchObject({ kind: 'replay', response: CODES });
      expect(await parts.queries.findResponse('demo', operation.id)).toEqual(CODES);
      const row = await parts.database.run((db) =>
        db.selectFrom('operations').selectAll().executeTakeFirstOrThrow(),
      );
      expect(row).toMatchObject({
        answer_body: null,
        answer_key_id: 'k1',
        answer_ciphertext: expect.any(String),
      });
      expect(JSON.stringify(row)).not.toContain('SAMPLE');
    });

    it('is replayed as executed without its body if its key was removed, and no write starts without a key', async () => {
      await parts.ledger.succeed(running(await begin({ confidential: true })), CODES);
      const keyless = new LedgerParts(parts.database, new LedgerCipher());
      expect(await keyless.ledger.begin(aWrite())).toMatchObject({
        kind: 'replay',
        operation: { outcome: 'executed' },
        response: null,
      });
      await expect(
        keyless.ledger.begin(aWrite({ confidential: true, idempotencyKey: 'k2' })),
      ).rejects.toThrow('no key');
      expect((await parts.queries.list({ tenant: 'demo', limit: 10 })).items).toHaveLength(1);
    });
  });
}
