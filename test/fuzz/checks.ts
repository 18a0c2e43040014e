import { PROBLEMS, type ProblemSlug } from '../../src/http/problems/problem.types.js';
import { type Canary, leaksIn } from '../canary/needles.js';
import type { PlannedRequest, ReceivedResponse } from './planned.request.js';

/** Returned before a route is known, so on none of them in the document. */
const ANYWHERE: ReadonlySet<string> = new Set<ProblemSlug>([
  'validation-failed',
  'route-not-found',
  'method-not-allowed',
  'payload-too-large',
  'unsupported-media-type',
  'request-timeout',
]);

/** The errors of a response, in words; empty when there are none. */
export function flawsOf(
  planned: PlannedRequest,
  response: ReceivedResponse,
  canaries: readonly Canary[],
): readonly string[] {
  if (response.status < 200) return [];
  const head = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}\n`);
  const bytes = Buffer.concat([Buffer.from(head.join('')), response.body]);
  return [
    ...leaksIn([{ name: 'response', bytes }], canaries).map(
      ({ canary, form }) => `holds ${canary} as ${form}`,
    ),
    ...(response.headers['x-content-type-options'] === 'nosniff' ? [] : ['has no security headers']),
    ...(response.status < 400 ? successFlaws(planned, response) : problemFlaws(planned, response)),
  ];
}

function successFlaws(planned: PlannedRequest, { status, headers, body }: ReceivedResponse): string[] {
  const flaws: string[] = [];
  if (status >= 300 && status !== 304) flaws.push(`redirects with ${status}`);
  const successes = planned.kind === 'http' ? planned.operation?.successes : undefined;
  if (successes && !successes.has(status)) flaws.push(`returns ${status}, which is not documented`);
  if (headers['content-type']?.includes('json') && body.length > 0 && parsed(body) === undefined) {
    flaws.push('is not the JSON that its type declares');
  }
  return flaws;
}

function problemFlaws(planned: PlannedRequest, { status, headers, body }: ReceivedResponse): string[] {
  // A response to HEAD has no body.
  if (planned.kind === 'http' && planned.method === 'HEAD') {
    const documented = status < 500 || planned.operation?.problems.has(status);
    return documented ? [] : [`returns ${status} to HEAD`];
  }
  if (!headers['content-type']?.startsWith('application/problem+json')) return [`${status} is not a problem`];
  const problem = parsed(body);
  if (typeof problem !== 'object' || problem === null) return [`${status} is not JSON`];
  const { type, title, detail, instance, status: stated } = problem as Record<string, unknown>;
  const slug = String(type).replace('/docs/problems/', '');
  const known = Object.hasOwn(PROBLEMS, slug) ? PROBLEMS[slug as ProblemSlug] : undefined;
  if (!known) return [`${status} has the unknown type ${String(type)}`];
  const flaws: string[] = [];
  if (known.status !== status || stated !== status) flaws.push(`${status} is not the status of ${slug}`);
  if (title !== known.title || typeof detail !== 'string' || detail === '')
    flaws.push(`${slug} lacks its words`);
  // A replayed response is identical to the first one.
  const isReplay = headers['idempotent-replayed'] === 'true';
  if (!isReplay && instance !== `urn:tollgate:request:${headers['x-request-id']}`) {
    flaws.push(`${slug} names another request`);
  }
  if (!isDocumented(planned, status, slug)) flaws.push(`returns ${slug}, which is not documented`);
  return flaws;
}

function isDocumented(planned: PlannedRequest, status: number, slug: string): boolean {
  if (ANYWHERE.has(slug)) return true;
  if (planned.kind === 'raw' || !planned.operation) return status < 500 || slug.startsWith('upstream-');
  return planned.operation.problems.get(status)?.has(slug) ?? false;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
