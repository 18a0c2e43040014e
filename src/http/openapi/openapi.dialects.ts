import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './openapi.operations.js';

type Schema = Readonly<Record<string, unknown>>;

/** Members whose values are data: a `nullable` in them belongs to it. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'x-extensible-enum']);

const PREFIX = '#/components/schemas/';

/** OpenAPI 3.1 has no `nullable`: null is one of the types instead. */
export function withNullTypes(document: OpenAPIObject): OpenAPIObject {
  return { ...(rewrite(document, orNull) as OpenAPIObject), openapi: '3.1.0' };
}

/** The same document for generators that do not know 3.1. There `nullable` needs a type beside it, also beside a reference. */
export function asOpenApi30(document: OpenAPIObject): OpenAPIObject {
  const schemas = document.components?.schemas ?? {};
  const typed = (schema: Schema): Schema => {
    const { $ref } = onlyReferenceOf(schema) ?? {};
    const target =
      $ref === undefined ? undefined : (schemas[$ref.slice(PREFIX.length)] as Schema | undefined);
    const type = target?.['type'] ?? schema['type'];
    const { enum: values } = schema;
    if (type === undefined) return schema;
    return {
      ...schema,
      type,
      nullable: true,
      ...(Array.isArray(values) ? { enum: [...(values as unknown[]), null] } : {}),
    };
  };
  const twin = { ...(rewrite(document, typed) as OpenAPIObject), openapi: '3.0.3' };
  // 3.0 knows scopes of OAuth only.
  for (const operation of operationsOf(twin)) {
    operation.security = operation.security?.map((each) =>
      Object.fromEntries(Object.keys(each).map((scheme) => [scheme, []])),
    );
  }
  return twin;
}

function rewrite(node: unknown, nullable: (schema: Schema) => Schema): unknown {
  if (Array.isArray(node)) return node.map((each) => rewrite(each, nullable));
  if (typeof node !== 'object' || node === null) return node;
  const { nullable: isNullable, ...schema } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, DATA.has(key) ? value : rewrite(value, nullable)]),
  ) as Record<string, unknown>;
  // A property may have this name: then its value is a schema.
  if (typeof isNullable === 'object') return { ...schema, nullable: isNullable };
  return isNullable === true ? nullable(schema) : schema;
}

function orNull(schema: Schema): Schema {
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
