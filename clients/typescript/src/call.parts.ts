import type { Surroundings } from './call.clock.js';

/**
 * Checks the values of a path as they are read. One that is missing, empty, `.` or `..` would be the path of another
 * route, and that of a write could be one of another write.
 */
export function checkedPath(path: object = {}): object {
  return new Proxy(path, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof name === 'symbol' || isSegment(value)) return value;
      throw new TypeError(`path.${name}: must be a string that is not empty, "." or ".."`);
    },
  });
}

function isSegment(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  // A half of a surrogate pair cannot be encoded.
  return typeof value === 'string' && !/^\.{0,2}$/.test(value) && !/\p{Surrogate}/u.test(value);
}

/** @returns the members of `headers`, also of a `Headers`, which has none of its own */
export function headersIn(headers: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return headers instanceof Headers ? Object.fromEntries(headers) : { ...headers };
}

/** The key of the caller, as an option or header, or a random one. A key that is null is a mistake, not a wish for one. */
export function keyOf(option: unknown, request: Request, { newId }: Surroundings): string {
  const header = request.headers.get('Idempotency-Key') ?? undefined;
  const given = option === undefined ? header : option;
  if (given === undefined) return newId();
  if (typeof given !== 'string' || !/^[!-~]{1,255}$/.test(given)) {
    throw new TypeError('idempotencyKey: must be 1 to 255 visible ASCII characters; without it, one is made');
  }
  return given;
}
