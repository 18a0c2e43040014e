import type { ExecutionContext } from '@nestjs/common';

/** What the decorators of a handler and of its controller declare, read once per handler instead of once per request. */
export class HandlerFacts<Facts> {
  readonly #known = new WeakMap<object, { readonly controller: object; readonly facts: Facts }>();

  constructor(private readonly read: (handler: object, controller: object) => Facts) {}

  of(context: ExecutionContext): Facts {
    const handler = context.getHandler();
    const controller = context.getClass();
    const known = this.#known.get(handler);
    // Two controllers can inherit one handler.
    if (known?.controller === controller) return known.facts;
    const facts = this.read(handler, controller);
    this.#known.set(handler, { controller, facts });
    return facts;
  }
}
