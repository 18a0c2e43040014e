/**
 * Whether the sender of this `Accept` header is a browser: it names `text/html`, which clients of the API and curl, which
 * send a wildcard or nothing, do not. A quality of 0 refuses it.
 */
export function prefersHtml(accept = ''): boolean {
  return accept
    .split(',')
    .map((range) =>
      range
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .some(
      ([type, ...parameters]) =>
        type === 'text/html' && !parameters.some((each) => /^q=0(\.0*)?$/.test(each)),
    );
}
