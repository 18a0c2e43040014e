import type { ApiResponseOptions } from '@nestjs/swagger';

type Headers = NonNullable<ApiResponseOptions['headers']>;

const SUCCESS_HEADERS = Symbol('tollgate:success-headers');

/** Documents headers of the success of a route, for decorators that cause them. */
export function SuccessHeaders(headers: Headers): MethodDecorator {
  return (target, name) => {
    const handler = (target as Record<string | symbol, object>)[name];
    if (!handler) throw new TypeError(`${String(name)} is no method`);
    Reflect.defineMetadata(SUCCESS_HEADERS, { ...successHeadersOf(handler), ...headers }, handler);
  };
}

export function successHeadersOf(handler: object): Headers {
  return (Reflect.getMetadata(SUCCESS_HEADERS, handler) as Headers | undefined) ?? {};
}
