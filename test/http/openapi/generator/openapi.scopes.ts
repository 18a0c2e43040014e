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

interface Described {
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}
