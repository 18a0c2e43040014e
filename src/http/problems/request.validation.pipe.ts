import { Injectable, ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import type { ValidatorOptions } from 'class-validator';
import { getMetadataStorage, Validator } from '../../config/fields/class.validator.js';
import { ProblemError, type FieldProblem } from './problem.error.js';
import { acceptedCopy, isAccepted } from './validation.plan.js';
import { INHERITED_NAMES } from '../../config/inherited.names.js';

class RefusedFields extends Error {
  constructor(readonly fields: readonly FieldProblem[]) {
    super('refused fields');
  }
}

/** Errors in one response. Without a limit, a hostile body could make the response larger than itself. */
const FIELD_PROBLEMS_MAX = 50;

/** The largest DTO has a dozen. class-validator takes 15 microseconds and more for each unknown one. */
const FIELDS_MAX = 100;

/** class-transformer drops such members or reads them as a class; the JSON parser already refuses `__proto__`. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

const INVALID_FIELDS = 'The request has fields that are not valid.';

/** What the pipe uses of class-validator, whose index it would load otherwise. */
const VALIDATOR_PACKAGE = {
  validate: (object: object, options?: ValidatorOptions) => new Validator().validate(object, options),
  getMetadataStorage,
};

/** Validates bodies and queries against their DTO. Unknown fields are refused, and no value is converted implicitly. */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      validatorPackage: VALIDATOR_PACKAGE,
      transformOptions: { enableImplicitConversion: false },
      stopAtFirstError: true,
      validationError: { target: false, value: true },
      exceptionFactory: (errors) => new RefusedFields(fieldsOf(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const accepted = metadata.metatype && acceptedCopy(value, metadata.metatype);
    if (accepted) return accepted;
    const place = metadata.type === 'body' ? '' : '/query';
    if (metadata.type === 'body' && value !== undefined && !isPlainObject(value)) {
      throw refused([{ pointer: '', detail: 'must be a JSON object' }], '');
    }
    if (Object.keys(value ?? {}).length > FIELDS_MAX) {
      throw refused([{ pointer: '', detail: `has more than ${FIELDS_MAX} fields` }], place);
    }
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (error instanceof RefusedFields) throw refused(error.fields, place);
      // The libraries recurse; hundreds of thousands of brackets overflow the stack.
      if (error instanceof RangeError)
        throw refused([{ pointer: '', detail: 'is nested too deeply' }], place);
      throw error;
    }
  }

  protected override validate(object: object, options?: ValidatorOptions) {
    return isAccepted(object) ? [] : super.validate(object, options);
  }

  /** Refuses instead of removing: no part of a request is ignored silently. */
  protected override stripProtoKeys(value: unknown): void {
    const inherited = Object.keys(value ?? {}).filter((name) => INHERITED_NAMES.has(name));
    if (inherited.length === 0 && !hasReserved(value)) return;
    const unknown = inherited.filter((name) => !RESERVED_NAMES.has(name));
    throw new RefusedFields([...unknown.map(unknownField), ...reservedIn(value)]);
  }
}

/** The refusal of a body where none is taken; undefined for `{}` and `null`, which HTTP libraries send for no body. */
export function refusalOfContent(body: unknown): ProblemError | undefined {
  if (body === null) return undefined;
  const errors = isPlainObject(body)
    ? Object.keys(body).map(unknownField)
    : [{ pointer: '', detail: 'must be absent or {}' }];
  return errors.length === 0 ? undefined : refused(errors, '', 'This route takes no body.');
}

function unknownField(name: string): FieldProblem {
  return { pointer: `/${escapePointer(name)}`, detail: 'is not a known field' };
}

/** Without the pointers, which most bodies need none of. */
function hasReserved(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasReserved);
  const members = value as Readonly<Record<string, unknown>>;
  return Object.keys(members).some((name) => RESERVED_NAMES.has(name) || hasReserved(members[name]));
}

/** Pointers to members with reserved names. Terminates because parsed JSON and queries have no cycles. */
function reservedIn(value: unknown, pointer = ''): FieldProblem[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const own = `${pointer}/${escapePointer(name)}`;
    const reserved = RESERVED_NAMES.has(name) && !Array.isArray(value);
    return [
      ...(reserved ? [{ pointer: own, detail: 'has a name that is not allowed' }] : []),
      ...reservedIn(member, own),
    ];
  });
}

function refused(fields: readonly FieldProblem[], place: string, detail = INVALID_FIELDS): ProblemError {
  const errors = fields
    .slice(0, FIELD_PROBLEMS_MAX)
    .map((each) => ({ ...each, pointer: place + each.pointer }));
  return new ProblemError('validation-failed', detail, { errors });
}

function fieldsOf(errors: readonly ValidationError[], parent = ''): FieldProblem[] {
  return errors.flatMap(({ property, value, constraints = {}, children = [] }) => {
    const pointer = `${parent}/${escapePointer(property)}`;
    // Only a required field is validated without a value.
    if (value === undefined) return [{ pointer, detail: 'is missing' }];
    const own = Object.entries(constraints).map(([name, message]) => ({
      pointer,
      detail: name === 'whitelistValidation' ? 'is not a known field' : message,
    }));
    return [...own, ...fieldsOf(children, pointer)];
  });
}

/** RFC 6901. Cut to 100 characters, so that a hostile name cannot fill the response. */
function escapePointer(name: string): string {
  return name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
