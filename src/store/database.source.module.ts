import { type DynamicModule, Module } from '@nestjs/common';
import { DataDirLock } from './data-dir.lock.js';

/** Hands on the lock of `DATA_DIR` that was taken before the application is built; without one, none is injected. */
@Module({})
export class DataDirModule {
  static holding(lock: DataDirLock | undefined): DynamicModule {
    const providers = lock ? [{ provide: DataDirLock, useValue: lock }] : [];
    return { module: DataDirModule, global: true, providers, exports: providers };
  }
}
