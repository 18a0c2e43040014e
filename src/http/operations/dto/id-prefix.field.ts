import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '../../api.decorators.js';
import { ValidateBy, ValidateIf } from '../../../config/fields/class.validator.js';
import { ID_PREFIX_LENGTH_MIN, isIdPrefix } from '../../../ledger/operation.id.js';

const ID_LENGTH = 36;

/** The beginning of the id of an operation. */
export function IdPrefixField({ description }: { readonly description: string }): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description,
      type: 'string',
      minLength: ID_PREFIX_LENGTH_MIN,
      maxLength: ID_LENGTH,
      pattern: '^[0-9a-f-]+$',
      required: false,
      example: '019cb8f2-1c2b',
    }),
    ValidateBy(
      {
        name: 'isIdPrefix',
        validator: { validate: (value: unknown) => typeof value === 'string' && isIdPrefix(value) },
      },
      {
        message: `must be the first ${ID_PREFIX_LENGTH_MIN} to ${ID_LENGTH} characters of the id of an operation`,
      },
    ),
    ValidateIf((_, value) => value !== undefined),
  );
}
