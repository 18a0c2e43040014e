import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import type { TestGateway } from './gateway.js';

export interface Route {
  /** For example `VouchersController.handOutVoucher`. */
  readonly name: string;
  readonly method: string;
  readonly handler: object;
  readonly controller: object;
}

/** Every route of the running gateway, as Nest knows it. */
export function routesOf(gateway: TestGateway): Route[] {
  const modules = [...gateway.app.get(ModulesContainer).values()];
  return modules
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => {
      if (!metatype) return [];
      const prototype = metatype.prototype as Record<string, object>;
      return Object.getOwnPropertyNames(prototype)
        .filter((name) => name !== 'constructor' && Reflect.hasMetadata(PATH_METADATA, prototype[name] ?? {}))
        .map((name) => {
          const handler = prototype[name] as object;
          const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
          return { name: `${metatype.name}.${name}`, method, handler, controller: metatype };
        });
    });
}
