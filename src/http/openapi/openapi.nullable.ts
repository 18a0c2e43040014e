import type { OpenAPIObject } from '@nestjs/swagger';

/** OpenAPI 3.1 has no `nullable`: it says null as one of the types. */
export function withNullTypes(document: OpenAPIObject): OpenAPIObject {
  return rewrite(document) as OpenAPIObject;
}

function rewrite(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(rewrite);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, rewrite(value)]),
  ) as Record<string, unknown>;
  if (nullable === undefined) return rest;
  return nullable === true ? orNull(rest) : rest;
}

function orNull(schema: Record<string, unknown>): Record<string, unknown> {
  const { type, enum: words, description, $ref, allOf, ...rest } = schema;
  const said = description === undefined ? {} : { description };
  if ($ref !== undefined || allOf !== undefined) {
    const [only] = (allOf ?? [{ $ref }]) as object[];
    return { ...rest, ...said, anyOf: [only, { type: 'null' }] };
  }
  return {
    ...rest,
    ...said,
    ...(type === undefined ? {} : { type: [type, 'null'] }),
    ...(Array.isArray(words) ? { enum: [...(words as unknown[]), null] } : {}),
  };
}
