import { ValidateBy } from '../../config/fields/class.validator.js';
import { field, type FieldOptions } from './fields.js';

/**
 * A list of strings without control characters and integers, mixed. `name` is the name of the schema of one of them. The
 * message never quotes a value.
 */
export function TokensField(
  options: FieldOptions & { readonly name: string; readonly maxItems: number; readonly maxLength: number },
): PropertyDecorator {
  const { name, maxItems, maxLength, ...rest } = options;
  const isToken = (value: unknown): boolean =>
    Number.isSafeInteger(value) || (typeof value === 'string' && isTextOfLength(value, maxLength));
  return field(
    rest,
    {
      type: 'array',
      minItems: 1,
      maxItems,
      items: {
        title: name,
        oneOf: [
          { type: 'string', minLength: 1, maxLength },
          { type: 'integer', format: 'int64' },
        ],
      },
    },
    ValidateBy(
      {
        name: 'isTokens',
        validator: {
          validate: (value: unknown) =>
            Array.isArray(value) && value.length >= 1 && value.length <= maxItems && value.every(isToken),
        },
      },
      { message: `must be 1 to ${maxItems} strings of 1 to ${maxLength} characters or whole numbers` },
    ),
  );
}

function isTextOfLength(value: string, maxLength: number): boolean {
  // eslint-disable-next-line no-control-regex
  const isPrintable = /^[^\u0000-\u001f\u007f]*$/.test(value);
  return value.length >= 1 && value.length <= maxLength && isPrintable && value.isWellFormed();
}
