import type { OpenAPIObject } from '@nestjs/swagger';

type Parameter = NonNullable<OpenAPIObject['paths'][string]['parameters']>[number];

/**
 * Parameters of the path first, in the order of the path, whichever decorator documents them: generated clients take them
 * by position.
 */
export function withPathParametersFirst(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of Object.values(item) as { parameters?: Parameter[] }[]) {
      operation.parameters?.sort((one, other) => placeIn(path, one) - placeIn(path, other));
    }
  }
  return document;
}

/** Equal for all that are not in the path, which keep their order. */
function placeIn(path: string, parameter: Parameter): number {
  return 'in' in parameter && parameter.in === 'path' ? path.indexOf(`{${parameter.name}}`) : path.length;
}
