/** axios and pg read them as they are loaded, to find out where they run. */
const GLOBALS = ['FormData', 'Request', 'Response'];

/** An `import` of `node:http` reads each of its exports. */
const EXPORTS_OF_HTTP = ['CloseEvent', 'MessageEvent', 'WebSocket'];

/**
 * Removes what makes Node load its fetch API, 0.8 MB of code, when a module only looks at it: calls to vendors go out by the
 * package undici. `fetch` stays, and loads the rest when it is called.
 */
export function removeUnusedFetchApi(): void {
  for (const name of GLOBALS) Reflect.deleteProperty(globalThis, name);
  // An import would read what is to be removed.
  const http = process.getBuiltinModule('node:http');
  for (const name of EXPORTS_OF_HTTP) Reflect.deleteProperty(http, name);
}
