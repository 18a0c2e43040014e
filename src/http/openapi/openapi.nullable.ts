import type { OpenAPIObject } from '@nestjs/swagger';

/** OpenAPI 3.1 has no `nullable`: null is one of the types instead. */
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
  const { type, enum: values, description, $ref, allOf, ...rest } = schema;
  const described = description === undefined ? {} : { description };
  if ($ref !== undefined || allOf !== undefined) {
    const [only] = (allOf ?? [{ $ref }]) as object[];
    return { ...rest, ...described, anyOf: [only, { type: 'null' }] };
  }
  return {
    ...rest,
    ...described,
    ...(type === undefined ? {} : { type: [type, 'null'] }),
    ...(Array.isArray(values) ? { enum: [...(values as unknown[]), null] } : {}),
  };
}
