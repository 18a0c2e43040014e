import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './openapi.operations.js';

/** Ends the description of every operation with the scope that its `security` names: pages do not show it elsewhere. */
export function withNamedScopes(document: OpenAPIObject): OpenAPIObject {
  for (const operation of operationsOf(document)) {
    const { security = [], description = '' } = operation as Described;
    const scopes = security.flatMap((each) => Object.values(each).flat());
    const sentence = scopes.length > 0 ? `Scope: \`${scopes.join('`, `')}\`.` : 'Needs no key.';
    operation['description'] = `${description}\n\n${sentence}`;
  }
  return document;
}

/** OpenAPI 3.0 allows scopes in `security` for OAuth only. Returns a copy. */
export function withoutScopes(document: OpenAPIObject): OpenAPIObject {
  const copy = { ...document, paths: structuredClone(document.paths) };
  for (const operation of operationsOf(copy)) {
    const { security = [] } = operation as Described;
    operation['security'] = security.map((each) =>
      Object.fromEntries(Object.keys(each).map((scheme) => [scheme, []])),
    );
  }
  return copy;
}

interface Described {
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}
