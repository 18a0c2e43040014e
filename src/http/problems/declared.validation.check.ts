import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { ModulesContainer } from '@nestjs/core';
import { isValidation } from './valid.input.js';

/** The parameters of a handler that a caller fills freely. Ids of the path have decorators of their own. */
const FREE: ReadonlySet<number> = new Set([
  RouteParamtypes.BODY,
  RouteParamtypes.RAW_BODY,
  RouteParamtypes.QUERY,
  RouteParamtypes.FILE,
  RouteParamtypes.FILES,
]);

interface DeclaredParameter {
  readonly pipes?: readonly unknown[];
}

/**
 * Throws unless every body and query is taken by `@ValidBody` or `@ValidQuery`. Validation is no global pipe: that would
 * run for every parameter of every request, ids and decorators of ours included.
 */
export function assertEveryInputIsValidated(modules: ModulesContainer): void {
  const bare = [...modules.values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => (typeof metatype === 'function' ? bareInputsOf(metatype) : []));
  if (bare.length > 0) {
    throw new Error(`Every body and query needs @ValidBody or @ValidQuery: ${bare.join(', ')}.`);
  }
}

/** Includes inherited handlers. */
function bareInputsOf(controller: { readonly name: string; readonly prototype: object }): string[] {
  return namesOf(controller.prototype)
    .filter((name) => {
      const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as
        Record<string, DeclaredParameter> | undefined;
      return Object.entries(parameters ?? {}).some(
        ([key, { pipes = [] }]) => FREE.has(Number(key.split(':')[0])) && !isValidation(pipes[0]),
      );
    })
    .map((name) => `${controller.name}.${name}`);
}

function namesOf(prototype: object): string[] {
  const parent = Object.getPrototypeOf(prototype) as object | null;
  const inherited = parent && parent !== Object.prototype ? namesOf(parent) : [];
  return [...new Set([...Object.getOwnPropertyNames(prototype), ...inherited])];
}
