import type { OpenAPIObject } from '@nestjs/swagger';

type Schema = Readonly<Record<string, unknown>>;

/** Members whose values are data: a `nullable` in them belongs to it. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'x-extensible-enum']);

/** An operation, as far as the scopes of its keys go. */
interface Secured {
  security?: Record<string, string[]>[] | undefined;
}

const PREFIX = '#/components/schemas/';

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
  for (const operation of Object.values(twin.paths).flatMap((item): Secured[] => Object.values(item))) {
    operation.security = operation.security?.map((each) =>
      Object.fromEntries(Object.keys(each).map((scheme) => [scheme, []])),
    );
  }
  return twin;
}

/** A copy of a document in which every object, data left out, is what `rewrite` makes of it. */
export function rewritten(node: unknown, rewrite: (schema: Schema) => Schema): unknown {
  if (Array.isArray(node)) return node.map((each) => rewritten(each, rewrite));
  if (typeof node !== 'object' || node === null) return node;
  return rewrite(
    Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, DATA.has(key) ? value : rewritten(value, rewrite)]),
    ),
  );
}

/** The reference in `anyOf: [{ $ref }, { type: 'null' }]`. */
function nullableReferenceOf(anyOf: unknown): { readonly $ref: string } | undefined {
  if (!Array.isArray(anyOf)) return undefined;
  const [first, second] = anyOf as { readonly $ref?: string; readonly type?: string }[];
  return first?.$ref !== undefined && second?.type === 'null' ? { $ref: first.$ref } : undefined;
}
