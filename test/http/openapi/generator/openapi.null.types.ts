import type { OpenAPIObject } from '@nestjs/swagger';
import { rewritten } from '../../../../src/http/openapi/openapi30.js';

type Schema = Readonly<Record<string, unknown>>;

/** From what `@nestjs/swagger` makes to OpenAPI 3.1, which has no `nullable`: null is one of the types instead. */
export function withNullTypes(document: OpenAPIObject): OpenAPIObject {
  return { ...(rewritten(document, orNull) as OpenAPIObject), openapi: '3.1.0' };
}

function orNull({ nullable, ...schema }: Schema): Schema {
  // A property may have this name: then its value is a schema.
  if (typeof nullable === 'object') return { ...schema, nullable };
  if (nullable !== true) return schema;
  const { type, enum: values, allOf: _, ...rest } = schema;
  const reference = onlyReferenceOf(schema);
  if (reference) return { ...rest, anyOf: [reference, { type: 'null' }] };
  return {
    ...rest,
    ...(type === undefined ? {} : { type: [type, 'null'] }),
    ...(Array.isArray(values) ? { enum: [...(values as unknown[]), null] } : {}),
  };
}

/** @throws TypeError for anything beside one reference, because the rest would be lost */
function onlyReferenceOf({ allOf }: Schema): { readonly $ref: string } | undefined {
  if (allOf === undefined) return undefined;
  const [only, ...others] = allOf as { readonly $ref?: string }[];
  if (only?.$ref === undefined || others.length > 0) {
    throw new TypeError('a nullable schema with allOf must have exactly one reference in it');
  }
  return { $ref: only.$ref };
}
