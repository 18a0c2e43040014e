import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import type { ValidationArguments } from 'class-validator';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Matches,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from './class.validator.js';
import { whiteSpaceHint } from '../errors/white.space.js';
import { CHOSEN_NAME, CHOSEN_NAME_RULE } from '../chosen.names.js';
import { DocumentedField } from './field.schema.js';

interface ListSizes {
  /** Default: 1. */
  readonly min?: number;
  readonly max: number;
}

/** May be left out. `null`, which YAML makes of an empty value, is an error all the same. */
export function Optional(): PropertyDecorator {
  return applyDecorators(
    DocumentedField({ optional: true }),
    ValidateIf((_, value) => value !== undefined),
  );
}

/** `rule` completes the sentence "must be …"; `reasonOf` is for what was written and does not match, and shows none of it. */
export function StringField(
  pattern: RegExp,
  rule: string,
  reasonOf: (written: string) => string = () => `must be ${rule}`,
): PropertyDecorator {
  return applyDecorators(
    DocumentedField({ schema: { type: 'string', pattern: pattern.source }, rule }),
    IsString({ message: orMissing('must be a string; put it in quotes') }),
    Matches(pattern, { message: ({ value }) => `${reasonOf(String(value))}${whiteSpaceHint(value)}` }),
  );
}

export function Name(): PropertyDecorator {
  return StringField(CHOSEN_NAME, CHOSEN_NAME_RULE);
}

/** Names of tenants, each of which has to be in the file, and at least one for most scopes: `checkAccess`. */
export function TenantNames(): PropertyDecorator {
  return ListOfStrings(CHOSEN_NAME, 'the name of a tenant', { min: 0, max: 1_000 });
}

export function Word(words: readonly string[]): PropertyDecorator {
  return applyDecorators(
    DocumentedField({ schema: { enum: words } }),
    IsIn([...words], { message: orSpaced(`must be one of: ${words.join(', ')}`) }),
  );
}

/** @param unit for example `milliseconds` */
export function WholeNumber(min: number, max: number, unit: string): PropertyDecorator {
  const rule = `must be a whole number from ${min} to ${max}`;
  const message = (args: ValidationArguments): string => reasonOfNumber(args, rule);
  return applyDecorators(
    DocumentedField({ schema: { type: 'integer', minimum: min, maximum: max }, unit }),
    IsInt({ message }),
    Min(min, { message }),
    Max(max, { message }),
  );
}

export function Flag(): PropertyDecorator {
  return applyDecorators(
    DocumentedField({ schema: { type: 'boolean' } }),
    IsBoolean({ message: orSpaced('must be true or false, without quotes') }),
  );
}

export function Mapping(type: () => new () => object): PropertyDecorator {
  return applyDecorators(
    DocumentedField({ type }),
    IsObject({ message: orMissing('must be a mapping') }),
    ValidateNested(),
    Type(type),
  );
}

export function ListOfMappings(type: () => new () => object, sizes: ListSizes): PropertyDecorator {
  return applyDecorators(
    list(sizes),
    DocumentedField({ type }),
    IsObject({ each: true, message: 'must be a list in which each entry is a mapping' }),
    ValidateNested({ each: true }),
    Type(type),
  );
}

/** `rule` completes the sentence "each entry is …". */
export function ListOfStrings(pattern: RegExp, rule: string, sizes: ListSizes): PropertyDecorator {
  return applyDecorators(
    list(sizes),
    DocumentedField({ schema: { type: 'string', pattern: pattern.source }, rule }),
    unique(),
    IsString({ each: true, message: `must be a list in which each entry is ${rule}` }),
    Matches(pattern, { each: true, message: `must be a list in which each entry is ${rule}` }),
  );
}

export function ListOfWords(words: readonly string[]): PropertyDecorator {
  return applyDecorators(
    list({ max: words.length }),
    DocumentedField({ schema: { enum: words } }),
    unique(),
    IsIn([...words], { each: true, message: `must be a list of some of: ${words.join(', ')}` }),
  );
}

export function orMissing(reason: string): (args?: ValidationArguments) => string {
  return (args) => {
    if (args?.value === undefined) return 'is missing';
    return args.value === null ? `is empty; ${reason}` : reason;
  };
}

function orSpaced(reason: string): (args?: ValidationArguments) => string {
  return (args) => `${orMissing(reason)(args)}${whiteSpaceHint(args?.value)}`;
}

/** A number can be shown, since no secret is written as one where a number is expected; a string cannot. */
function reasonOfNumber(args: ValidationArguments, rule: string): string {
  const { value } = args as { readonly value: unknown };
  if (typeof value === 'number') return `${rule}; it is ${value}`;
  const isQuoted = typeof value === 'string' && /^\s*\d+\s*$/.test(value);
  return orSpaced(isQuoted ? `${rule}, without quotes` : rule)(args);
}

function unique(): PropertyDecorator {
  return ArrayUnique({ message: 'must not name an entry twice' });
}

function list({ min = 1, max }: ListSizes): PropertyDecorator {
  return applyDecorators(
    DocumentedField({ list: { min, max } }),
    IsArray({ message: orMissing('must be a list') }),
    ArrayMinSize(min, { message: 'must have at least one entry' }),
    ArrayMaxSize(max, { message: `must have at most ${max} entries` }),
  );
}
