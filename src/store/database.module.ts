import { Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { DataDirLock } from './data-dir.lock.js';
import { DatabaseClock } from './database.clock.js';
import { Database } from './database.js';
import { EmbeddedSource, PostgresSource } from './database.source.js';

/** PostgreSQL at `DATABASE_URL`, or the embedded one in `DATA_DIR`. */
@Module({
  providers: [
    {
      provide: Database,
      inject: [Environment, { token: DataDirLock, optional: true }],
      useFactory: ({ databaseUrl, databaseLimits, dataDir }: Environment, lock?: DataDirLock) =>
        new Database(
          databaseUrl ? new PostgresSource(databaseUrl, databaseLimits) : new EmbeddedSource(dataDir, lock),
        ),
    },
    DatabaseClock,
  ],
  exports: [Database, DatabaseClock],
})
export class DatabaseModule {}
