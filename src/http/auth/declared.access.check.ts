import type { ModulesContainer } from '@nestjs/core';
import { ACCESS, OPEN } from './access.decorator.js';

/** Key of Nest's metadata for the path of a handler; stable since version 4. */
const PATH = 'path';

/** Throws unless every route has either `@Access(scope)` or `@Open()`. */
export function assertEveryRouteDeclaresAccess(modules: ModulesContainer): void {
  const undeclared = [...modules.values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => (metatype ? undeclaredOf(metatype) : []));
  if (undeclared.length > 0)
    throw new Error(`Every route needs either @Access or @Open: ${undeclared.join(', ')}.`);
}

function undeclaredOf(controller: { readonly name: string; readonly prototype: object }): string[] {
  return handlersOf(controller.prototype)
    .filter(([, handler]) => {
      const open = Reflect.hasMetadata(OPEN, handler) || Reflect.hasMetadata(OPEN, controller);
      return open === Reflect.hasMetadata(ACCESS, handler);
    })
    .map(([name]) => `${controller.name}.${name}`);
}

/** Includes inherited routes. */
function handlersOf(prototype: object): [string, object][] {
  const handlers = Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(
    ([name, { value }]): [string, object][] =>
      // The constructor has the path of the controller.
      name !== 'constructor' && typeof value === 'function' && Reflect.hasMetadata(PATH, value)
        ? [[name, value]]
        : [],
  );
  const parent = Object.getPrototypeOf(prototype) as object | null;
  return parent && parent !== Object.prototype ? [...handlers, ...handlersOf(parent)] : handlers;
}
