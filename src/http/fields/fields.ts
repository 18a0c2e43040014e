import { applyDecorators, type Type } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ApiProperty } from '../api.decorators.js';
import {
  ArrayMaxSize,
  IsBoolean,
  IsIn,
  IsString,
  IsUrl,
  Length,
  Matches,
  ValidateBy,
  ValidateIf,
} from '../../config/fields/class.validator.js';
import { holdsUrlSecret } from '../../telemetry/masking/url.secrets.js';

/**
 * Characters of an id or code of the upstreams. The longest known is a UUID of 36 (SPiD A8); 64 leaves room for aliases
 * and keeps a vendor URL with two of them far below the limit of any server.
 */
export const ID_LENGTH_MAX = 64;

export interface FieldOptions {
  /** One sentence for callers. */
  readonly description: string;
  /** May be omitted; null is refused nevertheless. */
  readonly optional?: boolean;
  /** Only for responses: null when the upstream has no value. */
  readonly nullable?: boolean;
  readonly example?: unknown;
}

/** Validates and documents a field; responses use the documentation, requests both. */
export function field(
  options: FieldOptions,
  schema: object,
  ...validators: PropertyDecorator[]
): PropertyDecorator {
  const { optional = false, nullable = false, ...documentation } = options;
  const property = { ...schema, ...documentation, required: !optional, ...(nullable ? { nullable } : {}) };
  return applyDecorators(
    ApiProperty(property),
    ...validators,
    ...(optional ? [ValidateIf((_, value) => value !== undefined)] : []),
  );
}

interface TextOptions extends FieldOptions {
  readonly minLength?: number;
  readonly maxLength: number;
  /** The whole string is a secret, which is never stored, so its content is not checked for secrets. */
  readonly secret?: true;
  /** No vendor is sent it: halves of surrogate pairs are stored as U+FFFD in place of refused. */
  readonly isOnlyStored?: true;
}

/** A string without control characters; lengths in UTF-16 units. It is stored, so no URL in it may contain a secret. */
export function TextField(options: TextOptions): PropertyDecorator {
  const { minLength = 1, maxLength, secret = false, isOnlyStored = false, ...rest } = options;
  return field(
    rest,
    { type: 'string', minLength, maxLength },
    IsString({ message: 'must be a string' }),
    Length(minLength, maxLength, { message: `must have ${minLength} to ${maxLength} characters` }),
    // eslint-disable-next-line no-control-regex
    Matches(/^[^\u0000-\u001f\u007f]*$/, { message: 'must not contain control characters' }),
    ...(isOnlyStored ? [] : [UnicodeText()]),
    ...(secret ? [] : [NoUrlSecret()]),
  );
}

/** JSON can hold half of a surrogate pair (`\\ud800`), which no vendor can be sent: it is in no UTF-8. */
function UnicodeText(): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isUnicodeText',
      validator: { validate: (value: unknown) => typeof value === 'string' && value.isWellFormed() },
    },
    { message: 'must be Unicode text, without half of a surrogate pair' },
  );
}

/** For strings, and for strings at any depth of an object. The message never quotes a value. */
export function NoUrlSecret(): PropertyDecorator {
  return ValidateBy(
    {
      name: 'noAddressSecret',
      validator: { validate: (value: unknown) => !holdsUrlSecret(value) },
    },
    { message: 'must not contain an address with a user, a password or a secret parameter' },
  );
}

/** An id in a body: the same characters that are allowed in a path. */
export function IdField(options: FieldOptions & { readonly maxLength?: number }): PropertyDecorator {
  const { maxLength = ID_LENGTH_MAX, ...rest } = options;
  return field(
    rest,
    { type: 'string', minLength: 1, maxLength, pattern: '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$' },
    IsString({ message: 'must be a string' }),
    Length(1, maxLength, { message: `must have 1 to ${maxLength} characters` }),
    Matches(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, {
      message: "must consist of letters, digits, '_', '-' or inner '.'",
    }),
  );
}

/** An integer between two limits, both included. */
export function CountField(
  options: FieldOptions & { readonly min: number; readonly max: number },
): PropertyDecorator {
  const { min, max, ...rest } = options;
  return field(
    rest,
    { type: 'integer', minimum: min, maximum: max },
    ValidateBy(
      {
        name: 'isCount',
        validator: {
          validate: (value: unknown) =>
            Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
        },
      },
      { message: `must be a whole number from ${min} to ${max}` },
    ),
  );
}

export function FlagField(options: FieldOptions): PropertyDecorator {
  return field(options, { type: 'boolean' }, IsBoolean({ message: 'must be true or false' }));
}

/** One of a set of values. `name` is the name of the schema in the OpenAPI document. */
export function EnumField(
  options: FieldOptions & { readonly name: string; readonly values: readonly string[] },
): PropertyDecorator {
  const { name, values, ...rest } = options;
  return field(
    rest,
    { enum: [...values], enumName: name },
    IsIn([...values], { message: `must be one of: ${values.join(', ')}` }),
  );
}

/** An absolute http or https URL. One with a user or a password is refused, because it would be stored. */
export function UrlField(options: FieldOptions & { readonly maxLength: number }): PropertyDecorator {
  const { maxLength, ...rest } = options;
  return field(
    rest,
    { type: 'string', format: 'uri', minLength: 1, maxLength },
    IsString({ message: 'must be a string' }),
    Length(1, maxLength, { message: `must have 1 to ${maxLength} characters` }),
    IsUrl(
      { protocols: ['http', 'https'], require_protocol: true, require_tld: false, disallow_auth: true },
      { message: 'must be an http or https address without user and password' },
    ),
    UnicodeText(),
  );
}

/** Counts by name in a response. `name` is the name of the schema. */
export function CountsField({
  name,
  ...options
}: FieldOptions & { readonly name: string }): PropertyDecorator {
  const counts = { type: 'integer', format: 'int64' };
  return field(options, { title: name, type: 'object', additionalProperties: counts });
}

/** RFC 3339 in UTC; for responses. */
export function TimeField(options: FieldOptions): PropertyDecorator {
  return field({ example: '2026-03-04T12:29:06Z', ...options }, { type: 'string', format: 'date-time' });
}

/** An integer in a query, where every value is a string: decimal digits only. */
export function QueryCountField(
  options: FieldOptions & { readonly min: number; readonly max: number; readonly default: number },
): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) => countOf(value)),
    CountField({ ...options, optional: true }),
  );
}

/** Some of a set of values in a query: `a,b`, or the parameter repeated. */
export function QueryWordsField(
  options: FieldOptions & {
    readonly name: string;
    readonly values: readonly string[];
    readonly default: readonly string[];
  },
): PropertyDecorator {
  const { name, values, ...rest } = options;
  return applyDecorators(
    Transform(({ value }) => valuesOf(value)),
    field(
      { ...rest, optional: true },
      { enum: [...values], enumName: name, isArray: true, style: 'form', explode: false },
      ArrayMaxSize(values.length, { message: `must be at most ${values.length} values` }),
      IsIn([...values], { each: true, message: `must be some of: ${values.join(', ')}` }),
    ),
  );
}

/** A string of a response as the upstream returned it, of any length. */
export function UpstreamTextField(options: FieldOptions): PropertyDecorator {
  return field(options, { type: 'string' });
}

/** An integer of a response as the upstream returned it, without limits. */
export function UpstreamCountField(options: FieldOptions): PropertyDecorator {
  return field(options, { type: 'integer', format: 'int64' });
}

/** An object inside a response. */
export function ObjectField(options: FieldOptions & { readonly type: () => Type }): PropertyDecorator {
  return field(options, {});
}

/** A list of objects inside a response. */
export function ObjectsField(options: FieldOptions & { readonly type: () => Type }): PropertyDecorator {
  return field(options, { isArray: true });
}

function countOf(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

function valuesOf(value: unknown): unknown {
  if (typeof value === 'string') return value.split(',');
  return Array.isArray(value) ? value.flatMap((each: unknown) => valuesOf(each)) : value;
}
