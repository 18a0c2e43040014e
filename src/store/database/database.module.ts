import { Module } from '@nestjs/common';
import { Environment } from '../../config/environment/environment.js';
import { DatabaseClock } from './database.clock.js';
import { Database } from './database.js';
import { type DatabaseSource, EmbeddedSource, PostgresSource } from './database.source.js';
import { GIVEN_DATABASE_SOURCE } from './database.source.module.js';

/** The database source given at the start; otherwise PostgreSQL at `DATABASE_URL`, or the embedded one in `DATA_DIR`. */
@Module({
  providers: [
    {
      provide: Database,
      inject: [Environment, { token: GIVEN_DATABASE_SOURCE, optional: true }],
      useFactory: (environment: Environment, given?: DatabaseSource) =>
        new Database(given ?? sourceOf(environment)),
    },
    DatabaseClock,
  ],
  exports: [Database, DatabaseClock],
})
export class DatabaseModule {}

function sourceOf({ databaseUrl, databaseLimits, dataDir }: Environment): DatabaseSource {
  return databaseUrl ? new PostgresSource(databaseUrl, databaseLimits) : new EmbeddedSource(dataDir);
}
