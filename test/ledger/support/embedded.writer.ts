import 'reflect-metadata';
import { EmbeddedSource } from '../../../src/store/database/database.source.js';
import { aWrite, CREATED, LedgerParts, running } from './ledger.parts.js';

// A process that writes until it is killed; prints each key that it starts and each one whose end is recorded.
const parts = await LedgerParts.open(new EmbeddedSource(process.argv[2]));
for (let i = 0; ; i += 1) {
  const idempotencyKey = `key-${i}`;
  const operation = running(await parts.ledger.begin(aWrite({ idempotencyKey })));
  process.stdout.write(`started ${idempotencyKey}\n`);
  await parts.ledger.succeed(operation, CREATED);
  process.stdout.write(`recorded ${idempotencyKey}\n`);
}
