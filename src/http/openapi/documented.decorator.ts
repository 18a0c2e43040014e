import { HttpStatus, RequestMethod, type Type } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA } from '@nestjs/common/constants.js';
import type { ApiResponseOptions } from '@nestjs/swagger';
import { ApiExtension, ApiOperation, ApiResponse, ApiTags } from '../api.decorators.js';
import { ApiDeadline } from '../deadline/deadline.header.js';
import { ApiProblems } from '../problems/api-problems.decorator.js';
import type { ProblemSlug } from '../problems/problem.types.js';
import { UPSTREAM_READ } from '../problems/upstream.slugs.js';
import type { ApiTag } from './api.tags.js';
import { successHeadersOf } from './success.headers.js';

const READ_PROBLEMS = {
  upstream: UPSTREAM_READ,
  ledger: ['ledger-unavailable'],
} as const satisfies Record<string, readonly ProblemSlug[]>;

/** What the OpenAPI document has about one route, beyond what the decorators of its handler imply. */
export interface RouteDocs<Body = unknown> {
  /** Stable: generated clients name their methods after it. */
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  /** Class of the response body, compared with the handler's by the compiler; left out where a success has none. */
  readonly returns?: Type<Body>;
  /** What a success means. */
  readonly success?: string;
  /** What the `Location` header of a success names; left out where none is sent. */
  readonly location?: string;
  /** What the handler reads, whose failures it then returns. Left out by writes: `@Idempotent` implies both. */
  readonly reads?: keyof typeof READ_PROBLEMS;
  /** Called by operators or vendors, not by callers: generators leave it out. */
  readonly internal?: true;
  /** Problems that neither `reads` nor a decorator of the handler implies. */
  readonly problems?: readonly ProblemSlug[];
  /** Decorators of `@nestjs/swagger` for what no member above describes. */
  readonly also?: readonly MethodDecorator[];
}

/** A class with one method per documented route, each returning what its documentation names. */
interface Documentable<Docs> {
  readonly name: string;
  readonly prototype: {
    readonly [Name in keyof Docs]: (
      ...args: never[]
    ) => Docs[Name] extends { readonly returns: Type<infer Body> }
      ? Body | Promise<Body>
      : void | Promise<void>;
  };
}

/**
 * Documents every route of a controller from one table, whose keys are the names of the handlers. The status of the
 * success is the one that the handler sends. Does not compile when a handler is missing or returns something else.
 */
export function Documented<Docs extends Readonly<Record<string, RouteDocs>>>(tag: ApiTag, docs: Docs) {
  return (controller: Documentable<Docs>): void => {
    ApiTags(tag)(controller as unknown as Type);
    for (const [name, route] of Object.entries<RouteDocs>(docs)) document(controller.prototype, name, route);
  };
}

function document(prototype: object, name: string, route: RouteDocs): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (!descriptor) throw new TypeError(`${name} is documented and is no method of its controller`);
  const decorators = [
    ApiOperation({ operationId: route.operationId, summary: route.summary, description: route.description }),
    ApiResponse({
      status: successStatusOf(descriptor.value as object),
      ...successOf(route, descriptor.value as object),
    }),
    ApiProblems(...(route.reads ? READ_PROBLEMS[route.reads] : []), ...(route.problems ?? [])),
    ...(route.reads === 'upstream' ? [ApiDeadline()] : []),
    ...(route.internal ? [ApiExtension('x-internal', true)] : []),
    ...(route.also ?? []),
  ];
  for (const decorate of decorators) decorate(prototype, name, descriptor);
}

/** As Nest chooses it: `@HttpCode`, or 201 for POST and 200 for the other methods. */
function successStatusOf(handler: object): number {
  const chosen = Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined;
  const isPost = Reflect.getMetadata(METHOD_METADATA, handler) === RequestMethod.POST;
  return chosen ?? (isPost ? HttpStatus.CREATED : HttpStatus.OK);
}

function successOf({ returns, success, location }: RouteDocs, handler: object): ApiResponseOptions {
  const headers = {
    ...(location === undefined ? {} : { Location: { description: location, schema: { type: 'string' } } }),
    ...successHeadersOf(handler),
  } as const;
  return {
    ...(success === undefined ? {} : { description: success }),
    ...(returns ? { type: returns } : {}),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
  };
}
