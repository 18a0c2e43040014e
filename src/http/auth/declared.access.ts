import type { ModulesContainer } from '@nestjs/core';
import { ACCESS, OPEN } from './access.decorator.js';

/** Where Nest keeps the path of a handler; part of its public behaviour since version 4. */
const PATH = 'path';

/** Throws unless every route says who may call it: `@Access(scope)` or `@Open()`, and not both. */
export function assertEveryRouteDeclaresAccess(modules: ModulesContainer): void {
  const faults = [...modules.values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => (metatype ? faultsOf(metatype) : []));
  if (faults.length > 0) throw new Error(`Every route needs either @Access or @Open: ${faults.join(', ')}.`);
}

function faultsOf(controller: { readonly name: string; readonly prototype: object }): string[] {
  return handlersOf(controller.prototype)
    .filter(([, handler]) => {
      const open = Reflect.hasMetadata(OPEN, handler) || Reflect.hasMetadata(OPEN, controller);
      return open === Reflect.hasMetadata(ACCESS, handler);
    })
    .map(([name]) => `${controller.name}.${name}`);
}

/** Inherited routes count as well. */
function handlersOf(prototype: object): [string, object][] {
  const handlers = Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(
    ([name, { value }]): [string, object][] =>
      // The constructor carries the path of the whole controller.
      name !== 'constructor' && typeof value === 'function' && Reflect.hasMetadata(PATH, value)
        ? [[name, value]]
        : [],
  );
  const parent = Object.getPrototypeOf(prototype) as object | null;
  return parent && parent !== Object.prototype ? [...handlers, ...handlersOf(parent)] : handlers;
}
