import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '../../problems/problem.error.js';
import { type BodyLimits, shapeOf, countValues } from './body.shape.js';
import { jsonSyntaxErrorOf, placeOfInvalidUtf8, placeOfRepeatedName } from './json.syntax.js';
import { serveRawBodies, takesRawBody } from './raw.body.js';

/**
 * The free-form evidence of a decision is the deepest valid body, and the one of most values: 4 kB hold at most 2,730. The code
 * that validates a body takes microseconds for each: with 70,000 of them in 1 MiB it took ten seconds.
 */
const BODY_LIMITS: BodyLimits = { depth: 32, values: 4_096 };

const EXCESS: Readonly<Record<keyof BodyLimits, string>> = {
  depth: `The body nests deeper than ${BODY_LIMITS.depth} levels.`,
  values: `The body has more than ${BODY_LIMITS.values} values.`,
};

/** Valid JSON that the parser refuses nevertheless. */
const RESERVED_NAME =
  'The body has a member __proto__, or a member constructor with a prototype; both are refused.';

/** Methods whose body Fastify does not read. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'TRACE']);

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

type Refuse = (error?: Error) => void;

type Done = (error: Error | null, body?: unknown) => void;

/**
 * Accepts JSON in strict UTF-8, not compressed; anything else is 415. Zero bytes are no body, regardless of
 * the headers, and neither is JSON of whitespace alone. Routes with `@TakesRawBody` get the bytes unparsed, regardless of the headers.
 * @param beforeReading called when the body is about to be read
 */
export function parseBodies(
  server: FastifyInstance,
  beforeReading: (request: FastifyRequest, reply: FastifyReply) => void,
): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  serveRawBodies(server);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) =>
    parse(request, body, (text, values) => void parseJson(request, text, checked(text, values, done)), done),
  );
  const prepare = (request: FastifyRequest, reply: FastifyReply, _payload: unknown, done: Refuse): void => {
    if (request.is404 || BODILESS.has(request.method)) return done();
    const refusal = refusalByHeaders(request);
    if (refusal) return done(refusal);
    // Fastify would refuse some types even without a body; our parser checks the type once there are bytes.
    delete request.raw.headers['content-type'];
    beforeReading(request, reply);
    return done();
  };
  server.addHook('onRoute', (route) => {
    if ([route.method].flat().every((method) => BODILESS.has(method))) return;
    route.preParsing = [route.preParsing ?? [], prepare].flat();
  });
}

/** The refusal of a body by its announced type or length, before it is read. */
function refusalByHeaders(request: FastifyRequest): ProblemError | undefined {
  const length = Number(request.raw.headers['content-length'] ?? 0);
  const refusal = length > 0 && !takesRawBody(request) ? mediaTypeRefusal(request) : undefined;
  if (refusal || length <= (request.routeOptions.bodyLimit ?? Infinity)) return refusal;
  return new ProblemError('payload-too-large', 'The body is too large for this route.');
}

function parse(
  request: FastifyRequest,
  body: Buffer,
  parseJson: (text: string, values: number) => void,
  done: Done,
): void {
  if (takesRawBody(request)) return done(null, body);
  if (body.length === 0) return done(null, undefined);
  const refusal = mediaTypeRefusal(request);
  if (refusal) return done(refusal);
  const shape = shapeOf(body, BODY_LIMITS);
  if (typeof shape === 'string') return done(new ProblemError('validation-failed', EXCESS[shape]));
  let text: string;
  try {
    text = UTF_8.decode(body);
  } catch (cause) {
    const { line, column } = placeOfInvalidUtf8(body);
    const detail = `The body is not valid UTF-8: at line ${line}, column ${column}.`;
    return done(new ProblemError('validation-failed', detail, { cause }));
  }
  // Template engines and shells leave a line end where there is no body.
  if (!/[^ \t\r\n]/.test(text)) return done(null, undefined);
  return parseJson(text, shape);
}

/**
 * Reports where the JSON is invalid, and refuses a repeated name: JSON.parse takes the last one, but what inspects the request before
 * the gateway may take the first.
 */
function checked(text: string, values: number, done: Done): Done {
  return (error, body) => {
    if (error) return done(jsonProblem(text, error));
    const repeated = countValues(body) < values ? placeOfRepeatedName(text) : undefined;
    if (!repeated) return done(null, body);
    const place = `line ${repeated.line}, column ${repeated.column}`;
    return done(
      new ProblemError('validation-failed', `The body has a name twice in one object: again at ${place}.`),
    );
  };
}

function jsonProblem(text: string, cause: Error): ProblemError {
  const error = jsonSyntaxErrorOf(text);
  if (!error) return new ProblemError('validation-failed', RESERVED_NAME, { cause });
  const place = `line ${error.line}, column ${error.column}`;
  const detail = error.isEnd
    ? `The body is not valid JSON: it ends at ${place}, where ${error.expected} is expected.`
    : `The body is not valid JSON: at ${place}, ${error.expected} is expected.`;
  return new ProblemError('validation-failed', detail, { cause });
}

function mediaTypeRefusal({ raw }: FastifyRequest): ProblemError | undefined {
  const flaw = mediaTypeFlawOf(contentTypeOf(raw.rawHeaders), raw.headers['content-encoding'] ?? 'identity');
  if (flaw === undefined) return undefined;
  const detail = `${flaw} Send the body as application/json in UTF-8, not compressed.`;
  return new ProblemError('unsupported-media-type', detail);
}

function mediaTypeFlawOf(type: string, encoding: string): string | undefined {
  const charset = /;\s*charset="?([^";\s]+)"?/i.exec(type)?.[1] ?? 'utf-8';
  if (type === '') return 'There is no Content-Type header.';
  if (!/^\s*application\/json\s*(;|$)/i.test(type)) return 'The Content-Type is not application/json.';
  if (!/^utf-?8$/i.test(charset)) return 'The charset of the Content-Type is not UTF-8.';
  return encoding.toLowerCase() === 'identity' ? undefined : 'The body has a Content-Encoding.';
}

/** From the raw headers: the hook above has removed the parsed one. */
function contentTypeOf(rawHeaders: readonly string[]): string {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  return at === -1 ? '' : (rawHeaders[at + 1] ?? '');
}
