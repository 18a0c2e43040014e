import { type DynamicModule, Module } from '@nestjs/common';
import { DatabaseModule } from '../store/database/database.module.js';
import { JobsModule } from '../store/jobs/jobs.module.js';
import { Reconciler } from './reconciler.js';
import { ProbeTimes } from './probe.times.js';
import { OutcomeProbes } from './outcome.probe.js';
import { ReconciliationWorker } from './reconciliation.worker.js';
import { CompetingOperations } from './competing.operations.js';
import { ScheduleSettingsUpdate } from './schedule.settings.update.js';
import { ReconciliationLedger } from './reconciliation.ledger.js';

/** Reconciliation of unknown operations. Global, because features add their probes. */
@Module({})
export class ReconciliationModule {
  static forTimes(times: ProbeTimes): DynamicModule {
    return {
      module: ReconciliationModule,
      global: true,
      imports: [DatabaseModule, JobsModule],
      providers: [
        { provide: ProbeTimes, useValue: times },
        OutcomeProbes,
        CompetingOperations,
        ReconciliationLedger,
        Reconciler,
        ReconciliationWorker,
        ScheduleSettingsUpdate,
      ],
      exports: [
        ReconciliationLedger,
        ProbeTimes,
        Reconciler,
        ReconciliationWorker,
        OutcomeProbes,
        CompetingOperations,
      ],
    };
  }
}
