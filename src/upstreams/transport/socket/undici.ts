import type * as Undici from 'undici';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A file of undici, whose index loads 85 more, for fetch, web sockets, caches, proxies and mocks. */
const file = (path: string) => require(`undici/lib/${path}.js`) as unknown;

export const Pool = file('dispatcher/pool') as typeof Undici.Pool;
export type Pool = Undici.Pool;

export const Agent = file('dispatcher/agent') as typeof Undici.Agent;

/** The method `request` of dispatchers, which only the index gives them. Follows no redirect. */
export const sendRequest = file('api/api-request') as (
  this: Undici.Dispatcher,
  options: Undici.Dispatcher.RequestOptions,
) => Promise<Undici.Dispatcher.ResponseData>;
