import { closestWord } from '../../../config/closest.word.js';

/** A longer target is not compared: clients without a key must not cost much. */
const TARGET_LENGTH_MAX = 256;

/** Letters that a misspelt word has more or fewer. Comparing takes the product of the lengths. */
const EXCESS_MAX = 3;

/** Which of the documented routes a request meant whose path is unknown. */
export class ClosestRoute {
  readonly #routes: (readonly string[])[] = [];

  /** @param pattern such as `/v1/operations/:id` */
  add(pattern: string): void {
    if (!pattern.includes('*')) this.#routes.push(segmentsOf(pattern));
  }

  /** The pattern of a route, such as `/v1/operations/{id}`: never a part of the target, which may hold a voucher code. */
  of(target: string): string | undefined {
    if (!target.startsWith('/') || target.length > TARGET_LENGTH_MAX) return undefined;
    const segments = segmentsOf(target.split(/[?#]/, 1)[0] ?? '');
    if (segments.length === 0) return undefined;
    const route = this.#closest(segments) ?? this.#closest(['v1', ...segments]);
    return route && `/${route.map((part) => part.replace(/^:(.+)$/, '{$1}')).join('/')}`;
  }

  #closest(segments: readonly string[]): readonly string[] | undefined {
    let best: { readonly route: readonly string[]; readonly distance: number } | undefined;
    for (const route of this.#routes) {
      const distance = distanceTo(route, segments);
      if (distance < (best?.distance ?? Infinity)) best = { route, distance };
    }
    return best?.route;
  }
}

/** Empty ones are left out: of a slash too many, or at the end. */
function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** Misspelt words of the route, a parameter counting as half a one; Infinity where one is another word. */
function distanceTo(route: readonly string[], segments: readonly string[]): number {
  if (segments.length !== route.length) return Infinity;
  let distance = 0;
  for (const [at, word] of route.entries()) {
    const segment = segments[at] ?? '';
    if (word.startsWith(':')) distance += 0.5;
    else if (segment !== word) distance += isClose(segment, word) ? 1 : Infinity;
    if (distance === Infinity) break;
  }
  return distance;
}

function isClose(segment: string, word: string): boolean {
  if (Math.abs(segment.length - word.length) > EXCESS_MAX) return false;
  return closestWord(segment, [word]) !== undefined;
}
