import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from '../../config/fields/class.validator.js';
import { DateTime } from '../../config/luxon.js';
import { ApiProperty } from '../api.decorators.js';

/** RFC 3339, and its offset without a colon: clients generated for Python send `+0000`. */
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:Z|([+-]\d\d):?(\d\d))$/;

/** Milliseconds. RFC 3339 can write later ones and earlier ones, with an offset or in the year 0, which PGlite does not read. */
const [FIRST_MS, LAST_MS] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/** An optional time in a query: RFC 3339, parsed into a `Date` of the years 1 to 9999. */
export function QueryTimeField(options: { readonly description: string }): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      ...options,
      type: 'string',
      format: 'date-time',
      example: '2026-03-04T12:00:00Z',
      required: false,
    }),
    Transform(({ value }) => timeOf(value)),
    ValidateBy(
      { name: 'isTime', validator: { validate: (value) => value instanceof Date } },
      { message: 'must be a time of RFC 3339, for example 2026-03-04T12:00:00Z' },
    ),
    ValidateIf((_, value) => value !== undefined),
  );
}

/** `Date` itself parses 30 February as 2 March. */
function timeOf(value: unknown): unknown {
  const [, local, hours, minutes] = (typeof value === 'string' ? TIME.exec(value) : null) ?? [];
  if (local === undefined) return value;
  const time = DateTime.fromISO(hours === undefined ? `${local}Z` : `${local}${hours}:${minutes}`);
  return time.isValid ? new Date(Math.min(Math.max(time.toMillis(), FIRST_MS), LAST_MS)) : value;
}
