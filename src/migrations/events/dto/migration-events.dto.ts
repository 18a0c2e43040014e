import { ObjectsField, UpstreamTextField } from '../../../http/fields/fields.js';
import type { MigrationEvent } from '../migration.event.store.js';
import { MigrationEventDto } from './migration-event.dto.js';

export class MigrationEventsDto {
  @ObjectsField({
    description: 'One page, in the order in which the events were received.',
    type: () => MigrationEventDto,
  })
  readonly items: readonly MigrationEventDto[];

  @UpstreamTextField({
    description: '`cursor` of the next page; null on the last page.',
    nullable: true,
    example: 'AZy48hwrfU6fAFprfI2eDw',
  })
  readonly nextCursor: string | null;

  static from(events: readonly MigrationEvent[], nextCursor: string | null): MigrationEventsDto {
    return { items: events.map((each) => MigrationEventDto.from(each)), nextCursor };
  }
}
