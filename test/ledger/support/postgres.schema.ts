import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Secret } from '../../../src/config/secrets/secret.js';

const SERVER_URL = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';

/** A separate schema on the test server for each test file. */
export class PostgresSchema {
  private constructor(readonly name: string) {}

  static async create(): Promise<PostgresSchema> {
    const schema = new PostgresSchema(`tollgate_${randomBytes(6).toString('hex')}`);
    await schema.query(`create schema ${schema.name}`);
    return schema;
  }

  get host(): string {
    return new URL(SERVER_URL).hostname;
  }

  get port(): number {
    return Number(new URL(SERVER_URL).port || 5432);
  }

  /** `changes` replaces parts of the URL, for example its port by that of a proxy. */
  url(
    changes: Partial<Pick<URL, 'port' | 'hostname' | 'username' | 'pathname'>> = {},
    settings = '',
  ): Secret {
    const url = Object.assign(new URL(SERVER_URL), changes);
    url.searchParams.set('options', `-c search_path=${this.name} ${settings}`.trim());
    return new Secret(url.href);
  }

  /** Runs one statement on a connection of its own, inside the schema. */
  // Tests read rows of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  async query(text: string): Promise<any[]> {
    const client = new Client({ connectionString: SERVER_URL, options: `-c search_path=${this.name}` });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  async drop(): Promise<void> {
    await this.query(`drop schema ${this.name} cascade`);
    // The schema of the job queue, if one was started.
    await this.query(`drop schema if exists ${this.name}_jobs cascade`);
  }
}
