import type { Secret } from '../../config/secret.js';
import { RunningCalls } from '../transport/running.calls.js';
import type { UpstreamAnswer, UpstreamCall, UpstreamChannel } from '../transport/upstream.channel.js';
import { path, queryOf } from '../transport/upstream.path.js';
import { readAnswer, readEmpty } from './import2.answer.js';
import type { Migration, MigrationTool, NewMigration, StartedMigration } from './import2.nouns.js';
import { newImportBody, readMigration, readMigrations, readStarted, readTools } from './import2.wire.js';

/** The vendor's examples announce JSON on every POST, those without a body included (Import2 E1). */
const JSON_BODY = { 'content-type': 'application/json' };

/**
 * Import2 as one tenant sees it: one method per vendor call (Import2 E2). Every method throws an UpstreamError. Nothing
 * here is idempotent at the vendor, so no write is marked as safe to repeat.
 */
export class Import2Client {
  readonly #running = new RunningCalls();

  constructor(
    private readonly channel: UpstreamChannel,
    private readonly apiToken: Secret,
    private readonly nameAccount: () => string,
  ) {}

  /** Names the account at the vendor, by the fingerprint key in force: a reload may have exchanged it. */
  get account(): string {
    return this.nameAccount();
  }

  listTools(): Promise<readonly MigrationTool[]> {
    const call = { operation: 'tools_list', ofMigration: false };
    return this.#send({ ...call, method: 'GET', path: '/tools', safe: true }, (answer) =>
      readAnswer(call, answer, readTools),
    );
  }

  /** May take long: the vendor looks into the destination account before it answers (Import2 E2). */
  startMigration(migration: NewMigration): Promise<StartedMigration> {
    const call = { operation: 'imports_create', ofMigration: false };
    const body = newImportBody(migration);
    return this.#send(
      { ...call, method: 'POST', path: '/imports', headers: JSON_BODY, body, safe: false },
      (answer) => readAnswer(call, answer, readStarted),
    );
  }

  /** All migrations into the account of this user; the vendor has no other search and no pages (Import2 E2). */
  findMigrations(destinationUsername: string): Promise<readonly Migration[]> {
    const call = { operation: 'imports_list', ofMigration: false };
    const query = queryOf({ destination_username: destinationUsername });
    return this.#send({ ...call, method: 'GET', path: `/imports${query}`, safe: true }, (answer) =>
      readAnswer(call, answer, readMigrations),
    );
  }

  /** Cancelled and archived migrations are missing too (Import2 E1). */
  getMigration(id: string): Promise<Migration> {
    const call = { operation: 'imports_get', ofMigration: true };
    return this.#send({ ...call, method: 'GET', path: path`/imports/${id}`, safe: true }, (answer) =>
      readAnswer(call, answer, readMigration),
    );
  }

  /** Promises that the tenant pays; the customer may then start the full migration (Import2 E2). */
  acceptPayment(id: string): Promise<void> {
    return this.#decidePayment('payment_accept', path`/imports/${id}/payment/accept`);
  }

  /** Leaves the payment to the customer (Import2 E2). */
  rejectPayment(id: string): Promise<void> {
    return this.#decidePayment('payment_reject', path`/imports/${id}/payment/reject`);
  }

  /** Resolves once none of its calls is under way. */
  idle(): Promise<void> {
    return this.#running.idle();
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  #decidePayment(operation: string, url: string): Promise<void> {
    const call = { operation, ofMigration: true };
    return this.#send({ ...call, method: 'POST', path: url, headers: JSON_BODY, safe: false }, (answer) =>
      readEmpty(call, answer),
    );
  }

  #send<T>(call: UpstreamCall, read: (answer: UpstreamAnswer) => T): Promise<T> {
    const authorize = () => ({ authorization: this.#credential() });
    return this.#running.track(() => this.channel.send(call, { authorize, read }));
  }

  /** The token is the user name; the password is never looked at, `X` is the vendor's example (Import2 E1). */
  #credential(): string {
    return `Basic ${Buffer.from(`${this.apiToken.reveal()}:X`).toString('base64')}`;
  }
}
