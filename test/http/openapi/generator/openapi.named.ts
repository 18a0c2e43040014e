import type { OpenAPIObject } from '@nestjs/swagger';

type Schema = Record<string, unknown>;
type Schemas = Record<string, Schema>;

/** What stays at the place where a named schema is used. */
const OF_PLACE = new Set(['description', 'example', 'nullable']);

/**
 * Gives every schema with a `title` its name in the document, for generated clients would invent one, and leaves properties
 * of any JSON without a type.
 */
export function withNamedSchemas(document: OpenAPIObject): OpenAPIObject {
  const schemas = (document.components?.schemas ?? {}) as Schemas;
  for (const [name, schema] of Object.entries(schemas)) {
    schemas[name] = Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [
        key,
        key === 'properties' ? named(value, schemas) : value,
      ]),
    );
  }
  return document;
}

function named(node: unknown, schemas: Schemas): unknown {
  if (Array.isArray(node)) return node.map((each) => named(each, schemas));
  if (typeof node !== 'object' || node === null) return node;
  const schema = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, OF_PLACE.has(key) ? value : named(value, schemas)]),
  );
  if (isAnyJson(schema)) {
    const { oneOf: _, ...rest } = schema;
    return rest;
  }
  return typeof schema['title'] === 'string' ? referenceTo(schema['title'], schema, schemas) : schema;
}

function referenceTo(name: string, schema: Schema, schemas: Schemas): Schema {
  const entries = Object.entries(schema);
  schemas[name] = Object.fromEntries(entries.filter(([key]) => key !== 'title' && !OF_PLACE.has(key)));
  const $ref = `#/components/schemas/${name}`;
  const place = Object.fromEntries(entries.filter(([key]) => OF_PLACE.has(key)));
  return Object.keys(place).length === 0 ? { $ref } : { ...place, allOf: [{ $ref }] };
}

/** `ANY_JSON`. */
function isAnyJson({ oneOf }: Schema): boolean {
  return Array.isArray(oneOf) && oneOf.length === 1 && Object.keys(oneOf[0] as object).length === 0;
}
