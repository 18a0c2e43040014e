import { Injectable, Logger } from '@nestjs/common';
import { decodeCursor, encodeCursor } from '../../ledger/queries/operation.cursor.js';
import { ledgerProblemOptions } from '../../http/problems/ledger.problems.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { DatabaseUnavailableError } from '../../store/database.errors.js';
import { Metrics } from '../../telemetry/metrics.js';
import type { ListMigrationEventsQueryDto } from './dto/list-migration-events-query.dto.js';
import { MigrationEventsDto } from './dto/migration-events.dto.js';
import { MigrationEventStore } from './migration.event.store.js';
import type { Delivery } from './webhook.delivery.js';
import { UnreadableEventStore } from './unreadable.event.store.js';
import { type Announcement, type UnreadableAnnouncement, WebhookGate } from './webhook.gate.js';

/** What Import2 announces about migrations: taken in, and shown. */
@Injectable()
export class MigrationEventsService {
  readonly #log = new Logger('MigrationEvents');

  constructor(
    private readonly gate: WebhookGate,
    private readonly store: MigrationEventStore,
    private readonly unreadable: UnreadableEventStore,
    private readonly metrics: Metrics,
  ) {}

  /** Returns once the event is kept. A repeat of one that is kept is as welcome as the first. */
  async receive(delivery: Delivery): Promise<void> {
    const announcement = await this.gate.admit(delivery);
    if ('reason' in announcement) return this.#keepUnreadable(announcement);
    try {
      await this.store.add(announcement);
    } catch (error) {
      this.#reportLoss(announcement);
      throw unavailable(error, 'The event could not be stored.');
    }
  }

  async list(
    tenant: string,
    migrationId: string,
    { limit, cursor }: ListMigrationEventsQueryDto,
  ): Promise<MigrationEventsDto> {
    const page = { tenant, migrationId, limit: limit + 1 };
    try {
      const found = await this.store.list(
        cursor === undefined ? page : { ...page, after: decodeCursor(cursor) },
      );
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return MigrationEventsDto.from(items, found.length > limit && last ? encodeCursor(last.id) : null);
    } catch (error) {
      throw unavailable(error, 'Events cannot be read at the moment.');
    }
  }

  async #keepUnreadable(announcement: UnreadableAnnouncement): Promise<void> {
    const { tenant, reason } = announcement;
    try {
      const isNew = await this.unreadable.add(announcement);
      if (!isNew) return;
      this.metrics.unreadableEvent(tenant);
      this.#log.error({ tenant, reason }, 'a signed webhook cannot be read; its body is stored sealed');
    } catch (error) {
      this.#log.error(
        { tenant, reason },
        'a signed webhook cannot be read, and could not be stored: it is lost',
      );
      throw unavailable(error, 'The event could not be stored.');
    }
  }

  /** Import2 never sends again (facts E4), so somebody has to look at this migration by hand. */
  #reportLoss({ tenant, step }: Announcement): void {
    const { migrationId, upstreamStatus } = step;
    this.#log.error(
      { tenant, migrationId, upstreamStatus },
      'an event is lost, because it could not be stored; read the migration instead',
    );
  }
}

function unavailable(error: unknown, detail: string): unknown {
  if (!(error instanceof DatabaseUnavailableError)) return error;
  return new ProblemError('ledger-unavailable', detail, ledgerProblemOptions(error));
}
