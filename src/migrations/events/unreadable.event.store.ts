import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { Clock } from '../../config/clock.js';
import { LedgerCipher } from '../../ledger/sealing/ledger.cipher.js';
import { uuidv7 } from '../../ledger/operation.id.js';
import { Database } from '../../store/database/database.js';
import type { UnreadableEvent } from './webhook.authentication.js';

/** Signed bodies that cannot be parsed, encrypted. It throws DatabaseUnavailableError. */
@Injectable()
export class UnreadableEventStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly cipher: LedgerCipher,
  ) {}

  /** Stores the body durably. False: the same bytes were stored before, so a replay adds nothing. */
  async add({ tenant, body, reason }: UnreadableEvent): Promise<boolean> {
    const id = uuidv7(this.clock.now().getTime());
    // In base64, because it need not be text. Encrypted, because it may contain a customer's token.
    const { ciphertext, keyId } = this.cipher.seal(id, body.toString('base64'));
    const row = await this.database.run((db) =>
      db
        .insertInto('unreadable_events')
        .values({
          id,
          tenant,
          reason,
          received_at: sql<Date>`now()`,
          body_bytes: body.length,
          body_sha256: createHash('sha256').update(body).digest('hex'),
          body_ciphertext: ciphertext,
          body_key_id: keyId,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst(),
    );
    return row !== undefined;
  }
}
