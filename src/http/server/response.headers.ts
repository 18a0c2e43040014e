import type { FastifyInstance } from 'fastify';

/** Answers are data: nothing in them may run, load or be framed, should a browser ever show one. */
const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The page at /docs loads its scripts and pictures from here only, and calls nothing but this gateway. Swagger UI
 * writes style elements and attributes, hence the exception for styles; scripts have none.
 */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * On every answer. Strict-Transport-Security is left to whoever terminates TLS: this process speaks plain HTTP, where
 * browsers ignore it, and it cannot know for which other services of the host name it would speak.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': DATA_POLICY,
  // What a caller may see today need not be what it may see tomorrow, and voucher codes are in no cache's hands.
  'cache-control': 'no-store',
};

const PAGE_HEADERS = { ...SECURITY_HEADERS, 'content-security-policy': PAGE_POLICY };

/** Set first, so that a refusal by any later hook has them too; the files of /docs set their own cache-control. */
export function secureAnswers(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(isPage(request.routeOptions.url) ? PAGE_HEADERS : SECURITY_HEADERS);
    done();
  });
}

/** By the route's pattern: a path may be written in many ways. */
function isPage(route: string | undefined): boolean {
  return route === '/docs' || (route?.startsWith('/docs/') ?? false);
}
