import { type DynamicModule, Module } from '@nestjs/common';
import { DatabaseModule } from '../store/database.module.js';
import { JobsModule } from '../store/jobs.module.js';
import { EvidenceProbes } from './reconciler.js';
import { EvidencePace } from './reconciliation.schedule.js';
import { EvidenceSources } from './outcome.probe.js';
import { OperationResolution } from './reconciliation.worker.js';
import { OtherOperationsOfAccount } from './competing.operations.js';
import { UnknownOperations } from './unknown.operations.js';

/** Background resolution of unknown operations. Global, because features add the sources. */
@Module({})
export class EvidenceModule {
  static forPace(pace: EvidencePace): DynamicModule {
    return {
      module: EvidenceModule,
      global: true,
      imports: [DatabaseModule, JobsModule],
      providers: [
        { provide: EvidencePace, useValue: pace },
        EvidenceSources,
        OtherOperationsOfAccount,
        UnknownOperations,
        EvidenceProbes,
        OperationResolution,
      ],
      exports: [EvidencePace, EvidenceProbes, EvidenceSources, OtherOperationsOfAccount],
    };
  }
}
