import type { Scope } from '../../config/scopes.js';
import { HandlerFacts } from '../server/handler.facts.js';
import { ACCESS, ALL_TENANTS, OPEN } from './access.decorator.js';

/** What `@Access` or `@Open` declares. A route with neither is refused at start. */
export interface RouteAccess {
  /** Undefined on an open route. */
  readonly scope: Scope | undefined;
  readonly isOpen: boolean;
  /** Whether the route is about all tenants of the caller, unless the request names one. */
  readonly isOfAllTenants: boolean;
}

export const routeAccess = new HandlerFacts<RouteAccess>((handler, controller) => ({
  scope: Reflect.getMetadata(ACCESS, handler) as Scope | undefined,
  isOpen: Reflect.hasMetadata(OPEN, handler) || Reflect.hasMetadata(OPEN, controller),
  isOfAllTenants: Reflect.getMetadata(ALL_TENANTS, handler) === true,
}));
