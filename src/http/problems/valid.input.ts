import { type ArgumentMetadata, Body, type PipeTransform, Query, type Type } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { RequestValidationPipe } from './request.validation.pipe.js';

const VALIDATION = new RequestValidationPipe();

/**
 * Skips the validation of a query without parameters once one like it was valid: the libraries take longer for it than
 * all guards together.
 */
export class QueryValidationPipe implements PipeTransform {
  /** DTOs that an empty query is, as their constructor makes them. */
  readonly #valid = new Set<Type>();

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const { metatype } = metadata;
    if (!metatype || !isEmpty(value)) return VALIDATION.transform(value, metadata);
    return this.#valid.has(metatype) ? new metatype() : this.#first(value, { ...metadata, metatype });
  }

  async #first(value: unknown, metadata: ArgumentMetadata & { readonly metatype: Type }): Promise<unknown> {
    const query = await VALIDATION.transform(value, metadata);
    if (isDeepStrictEqual(query, new metadata.metatype())) this.#valid.add(metadata.metatype);
    return query;
  }
}

function isEmpty(value: unknown): boolean {
  // A query that is no object, or has inherited members, is left to the validation.
  if (typeof value !== 'object' || value === null) return false;
  for (const _ in value) return false;
  return true;
}

const QUERY_VALIDATION = new QueryValidationPipe();

/** The body as its DTO, validated; then the pipes, in their order. */
export function ValidBody(...pipes: (Type<PipeTransform> | PipeTransform)[]): ParameterDecorator {
  return Body(VALIDATION, ...pipes);
}

/** The query as its DTO, validated. */
export function ValidQuery(): ParameterDecorator {
  return Query(QUERY_VALIDATION);
}

/** Whether a pipe of a parameter is the validation of one of these decorators. */
export function isValidation(pipe: unknown): boolean {
  return pipe instanceof RequestValidationPipe || pipe instanceof QueryValidationPipe;
}
