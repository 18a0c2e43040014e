import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { rm } from 'node:fs/promises';
import { Clock } from '../../src/config/clock.js';
import { Environment, readEnvironment } from '../../src/config/environment/environment.js';
import { LedgerCipher } from '../../src/ledger/sealing/ledger.cipher.js';
import { UnwrittenEnds } from '../../src/ledger/writes/unwritten.ends.js';
import { LedgerModule } from '../../src/ledger/ledger.module.js';
import { OperationQueries } from '../../src/ledger/queries/operation.queries.js';
import { LeaseDuration } from '../../src/ledger/lease.duration.js';
import { OperationLedger } from '../../src/ledger/operation.ledger.js';
import { RetentionSettings } from '../../src/ledger/upkeep/operation.retention.js';
import { Database } from '../../src/store/database/database.js';
import { newDataDir } from '../support/database/database.template.js';
import { aWrite, CREATED, running, TEST_KINDS } from './support/ledger.parts.js';

describe('LedgerModule', () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await newDataDir();
  });

  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  async function start(): Promise<TestingModule> {
    const environment = readEnvironment({ DATA_DIR: dataDir });
    const providers = [Clock, { provide: Environment, useValue: environment }];
    @Module({ providers, exports: [Clock, Environment] })
    class Configured {}
    const module = await Test.createTestingModule({
      imports: [
        { module: Configured, global: true },
        LedgerModule.forParts({
          cipher: new LedgerCipher(),
          kinds: TEST_KINDS,
          retention: new RetentionSettings(),
          lease: new LeaseDuration(),
        }),
      ],
    }).compile();
    module.useLogger(false);
    return module.init();
  }

  it('records unwritten ends at shutdown, and returns them after the next start', async () => {
    const first = await start();
    expect(first.get(Database, { strict: false }).state.status).toBe('ready');
    const ledger = first.get(OperationLedger, { strict: false });
    const operation = running(await ledger.begin(aWrite()));
    first
      .get(UnwrittenEnds, { strict: false })
      .add(operation.id, 'succeed', () => ledger.succeed(operation, CREATED));
    await first.close();
    expect(first.get(Database, { strict: false }).state.status).toBe('closed');

    const second = await start();
    const found = await second.get(OperationQueries, { strict: false }).findResponse('demo', operation.id);
    expect(found).toEqual(CREATED);
    await second.close();
  });
});
