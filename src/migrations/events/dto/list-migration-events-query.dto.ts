import { CursorField } from '../../../http/fields/cursor.field.js';
import { QueryCountField } from '../../../http/fields/fields.js';

/** A migration has about five events; a page holds all of them, with room for undone and repeated steps. */
const PAGE_SIZE = 50;
const PAGE_SIZE_MAX = 100;

export class ListMigrationEventsQueryDto {
  @QueryCountField({
    description: 'Maximum number of events in the page.',
    min: 1,
    max: PAGE_SIZE_MAX,
    default: PAGE_SIZE,
    example: PAGE_SIZE,
  })
  readonly limit: number = PAGE_SIZE;

  @CursorField({ description: '`nextCursor` of the previous page.', example: 'AZy48hwrfU6fAFprfI2eDw' })
  readonly cursor?: string;
}
