import { Module } from '@nestjs/common';
import { DatabaseModule } from '../../store/database/database.module.js';
import { KnownOutcomeProblems } from './known.outcome.problems.js';
import { OperationsController } from './operations.controller.js';
import { OperationsDecisionsService } from './operations.decisions.service.js';
import { OperationsService } from './operations.service.js';

/** The API of the ledger. */
@Module({
  imports: [DatabaseModule],
  controllers: [OperationsController],
  providers: [KnownOutcomeProblems, OperationsService, OperationsDecisionsService],
  exports: [OperationsService],
})
export class OperationsModule {}
