import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import * as swagger from '@nestjs/swagger';
import { applyDeclarations } from '../../src/http/api.decorators.js';
import type { TestGateway } from './gateway.js';

export interface Route {
  /** For example `VouchersController.handOutVoucher`. */
  readonly name: string;
  readonly method: string;
  readonly handler: object;
  readonly controller: object;
}

/** Every route of the running gateway, as Nest knows it, with the metadata of the API document. */
export function routesOf(gateway: TestGateway): Route[] {
  applyDeclarations(swagger);
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
