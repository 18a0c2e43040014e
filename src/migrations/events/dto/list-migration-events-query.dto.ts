import { QueryCountField, TextField } from '../../../http/fields/fields.js';

/** A migration has about five events; a page holds all of them, with room for undone and repeated steps. */
const PAGE_SIZE = 50;
const PAGE_SIZE_MAX = 100;

/** Longer than today's cursors, so that they can grow without a change of the API. */
const CURSOR_LENGTH_MAX = 128;

export class ListMigrationEventsQueryDto {
  @QueryCountField({
    description: 'Maximum number of events in the page.',
    min: 1,
    max: PAGE_SIZE_MAX,
    default: PAGE_SIZE,
    example: PAGE_SIZE,
  })
  readonly limit: number = PAGE_SIZE;

  @TextField({
    description: '`nextCursor` of the previous page.',
    maxLength: CURSOR_LENGTH_MAX,
    optional: true,
    example: 'AZy48hwrfU6fAFprfI2eDw',
  })
  readonly cursor?: string;
}
