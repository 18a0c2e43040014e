import type { OpenAPIObject } from '@nestjs/swagger';
import { TENANT_HEADER } from '../../../../src/http/auth/access.decorator.js';
import { DEADLINE_HEADER } from '../../../../src/http/deadline/deadline.header.js';
import { operationsOf, type OpenApiParameter } from './openapi.operations.js';

type HeaderParameter = Exclude<OpenApiParameter, { $ref: string }>;

const TENANT_PARAMETERS: Readonly<Record<string, string>> = {
  [TENANT_HEADER.all]: 'TollgateTenantFilter',
  [TENANT_HEADER.ops]: 'TollgateTenantWatched',
};

/** Names of the parameters that are described once, by the name of the header. */
const SHARED: Readonly<Record<string, (parameter: HeaderParameter) => string>> = {
  'Idempotency-Key': ({ required }) => (required ? 'IdempotencyKey' : 'OptionalIdempotencyKey'),
  'Tollgate-Tenant': ({ description }) => TENANT_PARAMETERS[description ?? ''] ?? 'TollgateTenant',
  [DEADLINE_HEADER]: () => 'TollgateDeadlineMs',
};

/** Describes each header that many routes take once. */
export function withSharedParameters(document: OpenAPIObject): OpenAPIObject {
  const parameters: Record<string, HeaderParameter> = {};
  for (const operation of operationsOf(document)) {
    operation.parameters = operation.parameters?.map((parameter) => {
      if (!('in' in parameter) || parameter.in !== 'header') return parameter;
      const name = SHARED[parameter.name]?.(parameter);
      if (name === undefined) return parameter;
      parameters[name] ??= parameter;
      return { $ref: `#/components/parameters/${name}` };
    });
  }
  document.components = { ...document.components, parameters };
  return document;
}

/**
 * Parameters of the path first, in the order of the path, whichever decorator documents them: generated clients take them
 * by position.
 */
export function withPathParametersFirst(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of Object.values(item) as { parameters?: OpenApiParameter[] }[]) {
      operation.parameters?.sort((one, other) => placeIn(path, one) - placeIn(path, other));
    }
  }
  return document;
}

/** Equal for all that are not in the path, which keep their order. */
function placeIn(path: string, parameter: OpenApiParameter): number {
  return 'in' in parameter && parameter.in === 'path' ? path.indexOf(`{${parameter.name}}`) : path.length;
}
