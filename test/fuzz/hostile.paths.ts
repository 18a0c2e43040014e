import type { Random } from '../support/random.js';

/** The same address as a router reads it, written otherwise (RFC 3986, 6.2.2; RFC 9112, 3.2.2). */
const SAME: readonly ((path: string, random: Random) => string)[] = [
  (path, random) => withEscapes(path, random, 0.15),
  (path, random) => withEscapes(path, random, 1),
  (path) => `http://gateway${path}`,
  (path, random) => `HTTP://gateway:80${withEscapes(path, random, 0.15)}`,
];

/** Almost the same address; what it means is for the router to decide. */
const OTHER: readonly ((path: string, random: Random) => string)[] = [
  (path) => `/${path}`,
  (path) => path.replaceAll('/', '//'),
  (path) => withoutQuery(path, (bare) => `${bare}/`),
  (path) => withoutQuery(path, (bare) => `${bare}//`),
  (path) => withoutQuery(path, (bare) => bare.toUpperCase()),
  (path) => withoutQuery(path, (bare) => `${bare};a=b`),
  (path) => withoutQuery(path, (bare) => `${bare}%2f`),
  (path) => withoutQuery(path, (bare) => bare.replace(/\/(?=[^/]*$)/, '%2F')),
  (path) => path.replace('/', '/./'),
  (path) => path.replace('/', '/a/../'),
  (path) => path.replace('/', '/%2e%2e/'),
  (path) => path.replace('/', '\\'),
  (path) => `http:${path}`,
  (path) => `http://[::1${path}`,
  (path) => `gateway${path}`,
  (path) => `${path}#fragment`,
  () => '*',
];

/** `same`: whether it still names the same route. */
export function otherwiseSpelled(
  path: string,
  random: Random,
): { readonly path: string; readonly same: boolean } {
  const same = random.chance(0.6);
  return { path: random.pick(same ? SAME : OTHER)(path, random), same };
}

/** Escapes characters of the path that need no escape: `-` becomes `%2D` or `%2d`. */
function withEscapes(path: string, random: Random, chance: number): string {
  return withoutQuery(path, (bare) =>
    bare.replaceAll(/%[0-9a-f]{2}|[\w.~-]/gi, (found) => {
      if (found.startsWith('%') || !random.chance(chance)) return found;
      const code = found.charCodeAt(0).toString(16);
      return `%${random.chance(0.5) ? code : code.toUpperCase()}`;
    }),
  );
}

function withoutQuery(path: string, change: (bare: string) => string): string {
  const [bare = '', ...query] = path.split('?');
  return [change(bare), ...query].join('?');
}
