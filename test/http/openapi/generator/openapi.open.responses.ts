import type { OpenAPIObject } from '@nestjs/swagger';
import { type OpenApiOperation, operationsOf } from './openapi.operations.js';

type Schema = Record<string, unknown>;

const PREFIX = '#/components/schemas/';

/** Limits of a value, which the reader of a response does not need and that clients would enforce. */
const LIMITS = new Set(['minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'minItems', 'maxItems']);

const EXTENSIBLE = 'Extensible enum: expect other values in the future. Today:';

/**
 * Lets responses grow: in what only responses contain, enumerations accept values that this version does not know, and
 * values have no limits. Without it, clients of many languages fail on the first new value. What a request shares with a
 * response gets a closed copy for the request.
 */
export function withOpenResponses(document: OpenAPIObject): OpenAPIObject {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const operations = operationsOf(document);
  const read = namesIn(operations.map(responsesOf), document);
  const sent = namesIn(operations.map(requestOf), document);
  const both = new Set([...sent].filter((name) => read.has(name)));
  for (const operation of operations) Object.assign(operation, closed(requestOf(operation), both));
  for (const name of sent) {
    if (both.has(name)) schemas[inputName(name)] = structuredClone(schemas[name] as Schema);
  }
  for (const name of sent) {
    const own = both.has(name) ? inputName(name) : name;
    schemas[own] = closed(schemas[own], both) as Schema;
  }
  for (const name of read) schemas[name] = opened(schemas[name]) as Schema;
  return document;
}

function responsesOf({ responses }: OpenApiOperation): unknown {
  return responses;
}

function requestOf({ parameters, requestBody }: OpenApiOperation): Record<string, unknown> {
  return { ...(parameters ? { parameters } : {}), ...(requestBody ? { requestBody } : {}) };
}

function inputName(name: string): string {
  return `${name}Input`;
}

/** Names of the schemas that a part of the document refers to, directly or through other components. */
function namesIn(part: unknown, document: OpenAPIObject): Set<string> {
  const references = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key !== '$ref' || typeof value !== 'string') {
        visit(value);
      } else if (!references.has(value)) {
        references.add(value);
        visit(componentAt(value, document));
      }
    }
  };
  visit(part);
  return new Set([...references].flatMap((reference) => nameOf(reference) ?? []));
}

function componentAt(reference: string, { components }: OpenAPIObject): unknown {
  const [kind = '', name = ''] = reference.replace('#/components/', '').split('/');
  return (components as Record<string, Record<string, unknown>> | undefined)?.[kind]?.[name];
}

function nameOf(reference: unknown): string | undefined {
  return typeof reference === 'string' && reference.startsWith(PREFIX)
    ? reference.slice(PREFIX.length)
    : undefined;
}

/** With references to the copies for requests. */
function closed(node: unknown, both: ReadonlySet<string>): unknown {
  if (Array.isArray(node)) return node.map((each) => closed(each, both));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      const name = key === '$ref' ? nameOf(value) : undefined;
      if (name !== undefined && both.has(name)) return [key, PREFIX + inputName(name)];
      return [key, isExample(key) ? value : closed(value, both)];
    }),
  );
}

function opened(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(opened);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node)
    // A property may have the name of a keyword.
    .filter(([key, value]) => !LIMITS.has(key) || typeof value === 'object')
    .map(([key, value]) => [key, isExample(key) ? value : opened(value)]);
  const schema = Object.fromEntries(entries) as Schema;
  return Array.isArray(schema['enum']) ? extensible(schema) : schema;
}

function extensible({ description, enum: known, ...schema }: Schema): Schema {
  const values = known as readonly unknown[];
  const words = values.map((value) => `\`${String(value)}\``).join(', ');
  const text = typeof description === 'string' ? `${description} ` : '';
  return {
    ...schema,
    description: `${text}${EXTENSIBLE} ${words}.`,
    ...(schema['example'] === undefined ? { example: values[0] } : {}),
    'x-extensible-enum': values,
  };
}

/** Values are no schemas. */
function isExample(key: string): boolean {
  return key === 'example' || key === 'examples' || key === 'x-extensible-enum';
}
