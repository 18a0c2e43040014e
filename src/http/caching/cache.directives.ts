/** What a request allows, from its `Cache-Control` (RFC 9111, RFC 5861) or the settings of its caller. */
export interface CacheDirectives {
  /** The response may be as old as this. 0: the vendor is asked for this request. */
  readonly maxAgeSeconds: number;
  /** When the vendor fails: how long a response may be used after `maxAgeSeconds`. */
  readonly staleIfErrorSeconds: number;
  /** `no-store`: the response is not kept for later requests. */
  readonly mayStore: boolean;
}

/** Without a directive, and for a header that cannot be parsed. */
export const FRESH: CacheDirectives = { maxAgeSeconds: 0, staleIfErrorSeconds: 0, mayStore: true };

const NO_STORE: CacheDirectives = { ...FRESH, mayStore: false };

/** RFC 9111, 1.2.2: what a larger number of seconds counts as. */
const SECONDS_MAX = 2 ** 31;

/** One directive with its separator; quoted arguments may contain commas. Empty list members are skipped before it. */
const DIRECTIVE =
  /[\t ,]*([!#$%&'*+\-.^_`|~\w]+)(?:=(?:([!#$%&'*+\-.^_`|~\w]+)|"((?:[^"\\]|\\.)*)"))?[\t ]*(?:,|$)/y;

const ONLY_MAX_AGE = /^max-age=(\d{1,9})$/;

/** Every other directive is ignored. One that is given twice with different values counts with the smaller. */
export function parseCacheControl(header: string): CacheDirectives {
  const usual = ONLY_MAX_AGE.exec(header);
  if (usual) return { ...FRESH, maxAgeSeconds: Number(usual[1]) };
  const directives = directivesOf(header);
  if (!directives) return FRESH;
  if (directives.has('no-store')) return NO_STORE;
  const maxAgeSeconds = directives.has('no-cache') ? 0 : (directives.get('max-age') ?? 0);
  return { maxAgeSeconds, staleIfErrorSeconds: directives.get('stale-if-error') ?? 0, mayStore: true };
}

/** Names in lowercase with the seconds of their argument, 0 where it is not a number of seconds; undefined if malformed. */
function directivesOf(header: string): ReadonlyMap<string, number> | undefined {
  const directives = new Map<string, number>();
  const end = header.replace(/[\t ,]+$/, '').length;
  let at = 0;
  while (at < end) {
    DIRECTIVE.lastIndex = at;
    const [all, name, token, quoted] = DIRECTIVE.exec(header) ?? [];
    if (all === undefined || name === undefined) return undefined;
    at += all.length;
    const seconds = secondsOf(token ?? quoted);
    const key = name.toLowerCase();
    directives.set(key, Math.min(seconds, directives.get(key) ?? Infinity));
  }
  return directives;
}

function secondsOf(argument: string | undefined): number {
  return argument !== undefined && /^\d+$/.test(argument) ? Math.min(Number(argument), SECONDS_MAX) : 0;
}
