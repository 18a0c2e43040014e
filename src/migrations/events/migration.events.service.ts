import { Injectable, Logger } from '@nestjs/common';
import { decodeCursor, encodeCursor } from '../../ledger/queries/operation.cursor.js';
import { ledgerProblemOptions } from '../../http/problems/ledger.problems.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { DatabaseUnavailableError } from '../../store/database/database.errors.js';
import { Metrics } from '../../telemetry/metrics.js';
import type { ListMigrationEventsQueryDto } from './dto/list-migration-events-query.dto.js';
import { MigrationEventsDto } from './dto/migration-events.dto.js';
import { MigrationEventStore } from './migration.event.store.js';
import type { Delivery } from './webhook.delivery.js';
import { UnreadableEventStore } from './unreadable.event.store.js';
import { type AcceptedEvent, type UnreadableEvent, WebhookAuthentication } from './webhook.authentication.js';

/** Stores and lists the events that Import2 sends about migrations. */
@Injectable()
export class MigrationEventsService {
  readonly #log = new Logger('MigrationEvents');

  constructor(
    private readonly authentication: WebhookAuthentication,
    private readonly store: MigrationEventStore,
    private readonly unreadable: UnreadableEventStore,
    private readonly metrics: Metrics,
  ) {}

  /** Returns once the event is stored. A repeat of a stored event succeeds as well. @throws ProblemError */
  async receive(delivery: Delivery): Promise<void> {
    const event = await this.authentication.authenticate(delivery);
    if ('reason' in event) return this.#storeUnreadable(event);
    try {
      await this.store.add(event);
    } catch (error) {
      this.#reportLoss(event);
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

  async #storeUnreadable(event: UnreadableEvent): Promise<void> {
    const { tenant, reason } = event;
    try {
      const isNew = await this.unreadable.add(event);
      if (!isNew) return;
      this.metrics.unreadableEvent(tenant);
      this.#log.error({ tenant, reason }, 'a signed webhook cannot be parsed; its body is stored encrypted');
    } catch (error) {
      this.#log.error(
        { tenant, reason },
        'a signed webhook cannot be parsed and could not be stored: it is lost',
      );
      throw unavailable(error, 'The event could not be stored.');
    }
  }

  /** Import2 never retries (Import2 E4), so a person has to read this migration. */
  #reportLoss({ tenant, step }: AcceptedEvent): void {
    const { migrationId, upstreamStatus } = step;
    this.#log.error(
      { tenant, migrationId, upstreamStatus },
      'an event could not be stored and is lost; read the migration instead',
    );
  }
}

function unavailable(error: unknown, detail: string): unknown {
  if (!(error instanceof DatabaseUnavailableError)) return error;
  return new ProblemError('ledger-unavailable', detail, ledgerProblemOptions(error));
}
