import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './openapi.operations.js';

type Schema = Readonly<Record<string, unknown>>;

/** Members whose values are data: a `nullable` in them belongs to it. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'x-extensible-enum']);

const PREFIX = '#/components/schemas/';

/** From what `@nestjs/swagger` makes to OpenAPI 3.1, which has no `nullable`: null is one of the types instead. */
export function withNullTypes(document: OpenAPIObject): OpenAPIObject {
  return { ...(rewritten(document, orNull) as OpenAPIObject), openapi: '3.1.0' };
}

/** The document in 3.1 for generators that do not know it. In 3.0 `nullable` needs a type beside it, also beside a reference. */
export function asOpenApi30(document: OpenAPIObject): OpenAPIObject {
  const schemas = document.components?.schemas ?? {};
  const nullable = (schema: Schema): Schema => {
    const { type, anyOf, ...rest } = schema;
    const reference = nullableReferenceOf(anyOf);
    if (reference) {
      const target = schemas[reference.$ref.slice(PREFIX.length)] as Schema | undefined;
      return { ...rest, type: target?.['type'], allOf: [reference], nullable: true };
    }
    if (!Array.isArray(type)) return schema;
    return { ...rest, type: (type as unknown[]).find((each) => each !== 'null'), nullable: true };
  };
  const twin = { ...(rewritten(document, nullable) as OpenAPIObject), openapi: '3.0.3' };
  // 3.0 knows scopes of OAuth only.
  for (const operation of operationsOf(twin)) {
    operation.security = operation.security?.map((each) =>
      Object.fromEntries(Object.keys(each).map((scheme) => [scheme, []])),
    );
  }
  return twin;
}

/** A copy in which every object, data left out, is what `rewrite` makes of it. */
function rewritten(node: unknown, rewrite: (schema: Schema) => Schema): unknown {
  if (Array.isArray(node)) return node.map((each) => rewritten(each, rewrite));
  if (typeof node !== 'object' || node === null) return node;
  return rewrite(
    Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, DATA.has(key) ? value : rewritten(value, rewrite)]),
    ),
  );
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

/** The reference of what `orNull` makes of one. */
function nullableReferenceOf(anyOf: unknown): { readonly $ref: string } | undefined {
  if (!Array.isArray(anyOf)) return undefined;
  const [first, second] = anyOf as { readonly $ref?: string; readonly type?: string }[];
  return first?.$ref !== undefined && second?.type === 'null' ? { $ref: first.$ref } : undefined;
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
