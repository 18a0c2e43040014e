import { Logger } from '@nestjs/common';
import { until } from '../../../test/support/until.js';
import { ConnectionKeeper } from './connection.keeper.js';
import type { Connections, DatabaseSource } from './database.source.js';

const REFUSED = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

/** Short, so that the tests are; a wait of the gateway is logged every 30 s. */
const REMINDER_MS = 5;

describe('the log of a database that is waited for', () => {
  let lines: string[];
  let keeper: ConnectionKeeper;

  beforeEach(() => {
    lines = [];
    const note = (line: string) => void lines.push(line);
    Logger.overrideLogger({ log: note, warn: note, error: note });
  });

  afterEach(async () => {
    await keeper.close();
    Logger.overrideLogger(false);
  });

  const sourceOf = (connect: () => Promise<Connections>): DatabaseSource => ({
    backend: 'postgres',
    address: { server: 'db:5432', user: 'gate', database: 'tollgate' },
    connect,
    close: () => Promise.resolve(),
  });

  it('has what is waited for, why and how often it is tried, again and again while it lasts', async () => {
    keeper = new ConnectionKeeper(
      sourceOf(() => Promise.reject(REFUSED)),
      REMINDER_MS,
    );
    await keeper.start(() => false);
    await until('two reminders', () => lines.length >= 3);
    const what = /^DATABASE_URL: the database "tollgate" at db:5432 /.source;
    const why =
      /down(?: for \d+ s)? \(unreachable\): connect ECONNREFUSED; check the server, host and port, and that a PostgreSQL listens there; writes are refused until it is back; trying again every 3 s$/
        .source;
    expect(lines[0]).toMatch(new RegExp(`${what}is ${why}`));
    expect(lines[1]).toMatch(new RegExp(`${what}is still ${why}`));
  });

  it('has one line for an outage that is shorter than the time between reminders', async () => {
    let tries = 0;
    keeper = new ConnectionKeeper(
      sourceOf(() => {
        tries += 1;
        return Promise.reject(REFUSED);
      }),
      60_000,
    );
    await keeper.start(() => false);
    await until('it was tried three times', () => tries >= 3);
    expect(lines).toHaveLength(1);
  });

  it('has a first connection that takes long', async () => {
    const connection = Promise.withResolvers<Connections>();
    keeper = new ConnectionKeeper(
      sourceOf(() => connection.promise),
      REMINDER_MS,
    );
    const started = keeper.start(() => false);
    await until('it was logged twice', () => lines.length >= 2);
    expect(lines[1]).toMatch(
      /^DATABASE_URL: the database "tollgate" at db:5432: connecting and applying the schema has taken \d+ s so far; waiting$/,
    );
    connection.reject(REFUSED);
    await started;
  });
});
