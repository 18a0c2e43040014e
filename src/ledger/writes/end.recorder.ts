import { Injectable, Logger, Optional } from '@nestjs/common';
import { DatabaseClock } from '../../store/database/database.clock.js';
import { Metrics } from '../../telemetry/metrics.js';
import { type UnmatchedEnd, unmatchedEndOf } from './unmatched.end.js';
import { LostOperationRestorer } from './lost.operation.restorer.js';
import { EndStore, type RunEnd } from './end.store.js';
import type { Evidence, RecordResult, RunningOperation } from '../operation.types.js';

/** Records the ends of runs, including those whose row has changed meanwhile or was lost by the database. */
@Injectable()
export class EndRecorder {
  readonly #log = new Logger('EndRecorder');

  constructor(
    private readonly store: EndStore,
    private readonly restorer: LostOperationRestorer,
    private readonly time: DatabaseClock,
    @Optional() private readonly metrics?: Metrics,
  ) {}

  /** @throws DatabaseUnavailableError call it again */
  async record(operation: RunningOperation, end: RunEnd): Promise<Exclude<RecordResult, 'queued'>> {
    if (await this.store.record(operation, end)) return 'recorded';
    const unmatched = unmatchedEndOf(await this.store.find(operation.id), operation, end.event);
    switch (unmatched) {
      case 'recorded':
        return 'recorded';
      case 'lost':
        await this.#restore(operation, end);
        return 'recorded';
      case 'superseded':
      case 'contradicted':
        if (await this.#isNoted(operation, end, unmatched)) return 'superseded';
        // The row was lost after it was found.
        await this.#restore(operation, end);
        return 'recorded';
      default:
        return unmatched satisfies never;
    }
  }

  async #restore(operation: RunningOperation, end: RunEnd): Promise<void> {
    const { id, write } = operation;
    const where = await this.restorer.restore(operation, end);
    this.metrics?.lostClaim(write);
    this.metrics?.operation(write, end.event);
    this.#log.error(
      `the database had lost operation ${id} (${write.kind}) of tenant ${write.tenant}, which ended with ` +
        `"${end.event}"; it was put back` +
        (where === 'row'
          ? ''
          : ', and another operation has its key by now: it may have been executed twice') +
        '. A standby took over that lacked it: see "What PostgreSQL must promise" in docs/operations.md',
    );
  }

  /** Returns false if the row no longer exists. */
  async #isNoted(
    operation: RunningOperation,
    { event, response }: RunEnd,
    unmatched: UnmatchedEnd,
  ): Promise<boolean> {
    const { id, write } = operation;
    const contradicts = unmatched === 'contradicted';
    const evidence: Evidence = {
      at: this.time.now().toISOString(),
      by: 'gateway',
      asked: 'how did the attempt end? (reported after the decision)',
      seen: {
        ended: event,
        ...(response.answer_status ? { status: response.answer_status } : {}),
        ...(contradicts ? { contradicts: 'the decision' } : {}),
      },
    };
    const isThere = await this.store.noteLate(id, evidence, contradicts);
    if (!isThere || !contradicts) return isThere;
    this.metrics?.contradiction(write, event);
    this.#log.error(
      `operation ${id} (${write.kind}) of tenant ${write.tenant} ended with "${event}" after it was decided ` +
        'otherwise; the decision stands, and a person has to compare both: see docs/operations.md',
    );
    return true;
  }
}
