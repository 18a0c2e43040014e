import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { Clock } from '../../config/clock.js';
import { AnswerCipher } from '../../ledger/sealing/answer.cipher.js';
import { smallestId, uuidv7 } from '../../ledger/operation.id.js';
import { Database } from '../../store/database.js';
import type { UnreadableAnnouncement } from './webhook.gate.js';

/** What Import2 signed and nothing here can read, sealed. Each method throws DatabaseUnavailableError. */
@Injectable()
export class UnreadableEventStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly cipher: AnswerCipher,
  ) {}

  /** Once it returns, the body is kept. False: the same bytes were kept before, so a replay adds nothing. */
  async add({ tenant, body, reason }: UnreadableAnnouncement): Promise<boolean> {
    const id = uuidv7(this.clock.now().getTime());
    // In base64, because it need not be text. Sealed, because it may hold a customer's token.
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

  /** Deletes at most `limit` bodies received before; returns how many. */
  async prune(before: Date, limit: number): Promise<number> {
    const rows = await this.database.run(
      (db) =>
        db
          .deleteFrom('unreadable_events')
          .where('id', 'in', (query) =>
            query
              .selectFrom('unreadable_events')
              .select('id')
              .where('id', '<', smallestId(before.getTime()))
              .orderBy('id')
              .limit(limit)
              .forUpdate()
              .skipLocked(),
          )
          .returning('id')
          .execute(),
      'background',
    );
    return rows.length;
  }
}
