import { routes, type Route } from './spid.catalogue.js';

interface Located {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

const patterns = routes.map((route) => ({ route, pattern: patternOf(route.url) }));

/** The endpoint of a decoded path, if any. No 405 is documented, so a wrong method is an unknown endpoint. */
export function locate(method: string, segments: readonly string[]): Located | undefined {
  for (const { route, pattern } of patterns) {
    if (route.method !== method || pattern.length !== segments.length) continue;
    const path: Record<string, string> = {};
    const matches = pattern.every((part, at) => part(segments[at] ?? '', path));
    if (matches) return { route, path };
  }
  return undefined;
}

type Part = (segment: string, path: Record<string, string>) => boolean;

/** An empty parameter matches: `/product/` leads to its endpoint (SPiD B0, row 20). */
function patternOf(url: string): Part[] {
  return url
    .split('/')
    .slice(1)
    .map((template) => {
      const [, digits, name] = /^\{(<\\d\+>)?(\w+)\}$/.exec(template) ?? [];
      if (name === undefined) return (segment) => segment === template;
      return (segment, path) => {
        path[name] = segment;
        return !digits || /^\d+$/.test(segment);
      };
    });
}
