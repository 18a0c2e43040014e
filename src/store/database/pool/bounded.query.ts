import { type Connection, Query, type QueryResult } from 'pg';

/** The driver's query as it is; its types leave out how it takes the server's messages. */
interface DriverQuery {
  queryMode: 'extended' | undefined;
  submit(connection: Connection): Error | null;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

export type Done = (error: Error | null, result: QueryResult) => void;

const DriverQuery = Query as unknown as new (text: string, values: unknown[], done: Done) => DriverQuery;

/** What a query is sent with. */
export interface QueryBounds {
  /** One select that sets what shall hold for the transaction; its row is dropped. */
  readonly settings: string;
  /** Time limit of the client, independent of the server. */
  readonly timeoutMs: number;
}

/**
 * One statement, with settings that hold for its transaction: both go out together and share one transaction, so they
 * cost no round trip, and a pooler that gives each transaction another server session cannot part them.
 */
export class BoundedQuery extends DriverQuery {
  readonly query_timeout: number;
  readonly #settings: string;
  #isSet = false;

  constructor(text: string, values: unknown[], { settings, timeoutMs }: QueryBounds, done: Done) {
    // An object in place of the text would be copied with its property descriptors.
    super(text, values, done);
    this.queryMode = 'extended';
    this.query_timeout = timeoutMs;
    this.#settings = settings;
  }

  override submit(connection: Connection): Error | null {
    const { stream } = connection;
    // One packet for both.
    stream.cork();
    try {
      connection.parse({ text: this.#settings, name: '', types: [] }, true);
      connection.bind({}, true);
      connection.execute({}, true);
      return super.submit(connection);
    } finally {
      stream.uncork();
    }
  }

  override handleDataRow(message: unknown): void {
    if (this.#isSet) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.#isSet) super.handleCommandComplete(message, connection);
    this.#isSet = true;
  }
}
