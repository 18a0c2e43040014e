import type { Secret } from '../../config/secrets/secret.js';
import { RunningCalls } from '../transport/rotation/running.calls.js';
import type { UpstreamCall, UpstreamResponse } from '../transport/upstream.call.js';
import type { UpstreamChannel } from '../transport/upstream.channel.js';
import type { UpstreamError } from '../transport/upstream.errors.js';
import { path, queryOf } from '../transport/upstream.path.js';
import { readResponse, readEmpty } from './import2.response.js';
import type { Migration, MigrationTool, NewMigration, StartedMigration } from './import2.types.js';
import { newImportBody, readMigration, readMigrations, readStarted, readTools } from './import2.payload.js';

/** As in the vendor's examples, on every POST, those without a body included (Import2 E1). */
const JSON_BODY = { 'content-type': 'application/json' };

/** Calls that writes begin with. */
const FIRST_CALLS = {
  findMigrations: { operation: 'imports_list', safe: true },
  startMigration: { operation: 'imports_create', safe: false },
  acceptPayment: { operation: 'payment_accept', safe: false },
  rejectPayment: { operation: 'payment_reject', safe: false },
} as const;

/**
 * The Import2 API with the credential of one tenant, one method per endpoint (Import2 E2). Every method throws an
 * UpstreamError. No write is idempotent at the vendor (Import2 F17), so none is marked as safe.
 */
export class Import2Client {
  readonly #running = new RunningCalls();

  constructor(
    private readonly channel: UpstreamChannel,
    private readonly apiToken: Secret,
    private readonly nameAccount: () => string,
  ) {}

  /** Name of the account at the vendor, computed with the current fingerprint key, which a reload may replace. */
  get account(): string {
    return this.nameAccount();
  }

  listTools(): Promise<readonly MigrationTool[]> {
    const call = { operation: 'tools_list', ofMigration: false };
    return this.#send({ ...call, method: 'GET', path: '/tools', safe: true }, (response) =>
      readResponse(call, response, readTools),
    );
  }

  /** May be slow: the vendor accesses the destination account before it responds (Import2 E2). */
  startMigration(migration: NewMigration): Promise<StartedMigration> {
    const call = { operation: 'imports_create', ofMigration: false };
    const body = newImportBody(migration);
    return this.#send(
      { ...call, method: 'POST', path: '/imports', headers: JSON_BODY, body, safe: false },
      (response) => readResponse(call, response, readStarted),
    );
  }

  /** All migrations into the account of this user. The vendor has no other search and no paging (Import2 E2). */
  findMigrations(destinationUsername: string): Promise<readonly Migration[]> {
    const call = { operation: 'imports_list', ofMigration: false };
    const query = queryOf({ destination_username: destinationUsername });
    return this.#send({ ...call, method: 'GET', path: `/imports${query}`, safe: true }, (response) =>
      readResponse(call, response, readMigrations),
    );
  }

  /** Cancelled and archived migrations are missing too (Import2 E1). */
  getMigration(id: string): Promise<Migration> {
    const call = { operation: 'imports_get', ofMigration: true };
    return this.#send({ ...call, method: 'GET', path: path`/imports/${id}`, safe: true }, (response) =>
      readResponse(call, response, readMigration),
    );
  }

  /** Promises that the tenant pays. The customer may then start the full migration (Import2 E2). */
  acceptPayment(id: string): Promise<void> {
    return this.#decidePayment('payment_accept', path`/imports/${id}/payment/accept`);
  }

  /** Leaves the payment to the customer (Import2 E2). */
  rejectPayment(id: string): Promise<void> {
    return this.#decidePayment('payment_reject', path`/imports/${id}/payment/reject`);
  }

  /** What the budget would refuse this call with now; undefined where it may be sent. */
  refusalOf(call: keyof typeof FIRST_CALLS): UpstreamError | undefined {
    return this.channel.refusal(FIRST_CALLS[call]);
  }

  /** Resolves when no call is in flight. */
  idle(): Promise<void> {
    return this.#running.idle();
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  #decidePayment(operation: string, url: string): Promise<void> {
    const call = { operation, ofMigration: true };
    return this.#send({ ...call, method: 'POST', path: url, headers: JSON_BODY, safe: false }, (response) =>
      readEmpty(call, response),
    );
  }

  async #send<T>(call: UpstreamCall, read: (response: UpstreamResponse) => T): Promise<T> {
    const authorize = () => ({ authorization: this.#credential() });
    this.#running.begin();
    try {
      return await this.channel.send(call, { authorize, read });
    } finally {
      this.#running.end();
    }
  }

  /** The API token is the user name. The password is ignored; `X` is from the vendor's examples (Import2 E1). */
  #credential(): string {
    return `Basic ${Buffer.from(`${this.apiToken.reveal()}:X`).toString('base64')}`;
  }
}
