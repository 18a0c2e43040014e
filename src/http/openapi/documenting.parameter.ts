/** Lets the decorator of a parameter document the whole route, with a decorator that is made for methods. */
export function documentingParameter(document: MethodDecorator): ParameterDecorator {
  return (target, handler) => {
    if (handler === undefined) throw new TypeError('only a parameter of a handler documents a route');
    document(target, handler, Object.getOwnPropertyDescriptor(target, handler) ?? {});
  };
}
