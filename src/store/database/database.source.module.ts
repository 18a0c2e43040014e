import { type DynamicModule, Module } from '@nestjs/common';
import type { DatabaseSource } from './database.source.js';

/** Token of the DatabaseSource that the start of the gateway was given; without one, there is no provider. */
export const GIVEN_DATABASE_SOURCE = Symbol('given database source');

/** Hands on the database source that was made before the application. */
@Module({})
export class DatabaseSourceModule {
  static providing(source: DatabaseSource | undefined): DynamicModule {
    const providers = source ? [{ provide: GIVEN_DATABASE_SOURCE, useValue: source }] : [];
    return { module: DatabaseSourceModule, global: true, providers, exports: providers };
  }
}
