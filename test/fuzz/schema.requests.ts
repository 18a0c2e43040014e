import type { Random } from '../support/random.js';
import type { ApiDocument, ApiOperation, Parameter, Schema } from './api.document.js';
import { hostileType, largeBody, spoiledBody, withHostileNames } from './hostile.bodies.js';
import { otherwiseSpelled } from './hostile.paths.js';
import { hostileText } from './hostile.values.js';
import type { HttpRequest } from './planned.request.js';

/** Things that exist at the vendors, so that many requests reach a vendor; an id is found by its name. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  userId: ['42', '938029', '100003', '777001'],
  productId: ['1337', 'premium', '10111', '301694'],
  voucherGroupId: ['324673248'],
  tenant: ['fuzz', 'other'],
  tokenName: ['demo'],
};

/** Larger amounts only keep the vendors busy. */
const AMOUNT_MAX = 20;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE'];

export interface Keys {
  readonly full: string;
  readonly reader: string;
}

/** Requests that are almost what the document asks for: valid ones, with none to three things wrong. */
export class SchemaRequests {
  constructor(
    private readonly document: ApiDocument,
    private readonly keys: Keys,
  ) {}

  next(random: Random): HttpRequest {
    const operation = random.pick(this.document.operations);
    const faults = new Set<Fault>(Array.from({ length: random.whole(0, 3) }, () => random.pick(FAULTS)));
    // Megabytes cost as much as hundreds of other requests.
    if (random.chance(0.01)) faults.add('large');
    const method = faults.has('method') ? random.pick(METHODS) : operation.method;
    const straight = this.#path(operation, random, faults);
    const spelled = faults.has('spelling') ? otherwiseSpelled(straight, random) : undefined;
    const { path, same } = spelled ?? { path: straight, same: true };
    const body = this.#body(operation, random, faults);
    return {
      kind: 'http',
      operation: same && serves(operation, method) && !faults.has('route') ? operation : undefined,
      method,
      path,
      headers: this.#headers(operation, random, faults, body !== undefined),
      body,
      chunked: faults.has('chunked'),
    };
  }

  #path({ path, parameters }: ApiOperation, random: Random, faults: ReadonlySet<Fault>): string {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const parameter = parameters.find((each) => each.name === name && each.in === 'path');
      return faults.has('path')
        ? hostileSegment(random)
        : encodeURIComponent(this.#parameter(parameter, random));
    });
    const query = parameters
      .filter((parameter) => parameter.in === 'query' && (parameter.required || random.chance(0.3)))
      .map((parameter) => [parameter.name, this.#parameter(parameter, random)] as const);
    const pairs = faults.has('query') ? spoiledQuery(query, random) : query;
    const text = pairs.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&');
    const route = faults.has('route') ? `${filled}/${hostileSegment(random)}` : filled;
    return text === '' ? route : `${route}?${text}`;
  }

  #parameter(parameter: Parameter | undefined, random: Random): string {
    const value = parameter && this.#valid(parameter.name, parameter.schema ?? {}, random, parameter.example);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '1';
  }

  #headers(
    { parameters }: ApiOperation,
    random: Random,
    faults: ReadonlySet<Fault>,
    hasBody: boolean,
  ): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {};
    const authorization = faults.has('key') ? spoiledKey(this.keys, random) : `Bearer ${this.keys.full}`;
    if (authorization !== null) headers['authorization'] = authorization;
    if (parameters.some(({ name }) => name === 'Idempotency-Key')) {
      // Few different keys, so that repeats and reuse happen.
      headers['idempotency-key'] = `fuzz-${random.whole(0, 400)}`;
    }
    if (hasBody || faults.has('empty')) headers['content-type'] = 'application/json';
    if (faults.has('type')) headers['content-type'] = hostileType(random);
    if (faults.has('no type')) delete headers['content-type'];
    if (!faults.has('header')) return headers;
    const names = [
      'idempotency-key',
      'tollgate-tenant',
      'x-request-id',
      'traceparent',
      'content-type',
      'accept',
    ];
    const more = [
      'content-encoding',
      'expect',
      'range',
      'cookie',
      'x-forwarded-for',
      'x-http-method-override',
      'te',
    ];
    const name = random.pick([...names, ...more, 'x'.repeat(200)]);
    headers[name] = random.chance(0.2) ? [headerText(random), headerText(random)] : headerText(random);
    return headers;
  }

  #body({ body, method }: ApiOperation, random: Random, faults: ReadonlySet<Fault>): Buffer | undefined {
    if (faults.has('large')) return largeBody(random);
    if (faults.has('empty')) return random.chance(0.5) ? Buffer.alloc(0) : undefined;
    const isSpoiled = faults.has('body') || faults.has('names');
    if ((!body || method === 'GET') && !isSpoiled) return undefined;
    const value = body ? this.#valid('', body, random) : {};
    if (faults.has('names')) return withHostileNames(value, random);
    if (!faults.has('body')) return Buffer.from(JSON.stringify(value));
    return spoiledBody(value, random);
  }

  /** A value that the schema allows. */
  #valid(name: string, asked: Schema, random: Random, example?: unknown): unknown {
    const schema = this.document.resolve(asked);
    const known = KNOWN[name] ?? (name === 'id' && random.chance(0.5) ? KNOWN['voucherGroupId'] : undefined);
    if (known && random.chance(0.8)) return random.pick(known);
    if (schema.enum) return random.pick(schema.enum);
    const choice = schema.anyOf ?? schema.oneOf;
    if (choice) return this.#valid(name, random.pick(choice), random);
    if (schema.properties) return this.#object(schema, random);
    const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
    if (type === 'array') {
      const items = schema.items ?? {};
      return Array.from({ length: random.whole(1, 3) }, () => this.#valid('', items, random));
    }
    if (type === 'integer') {
      return random.whole(schema.minimum ?? 0, Math.min(schema.maximum ?? AMOUNT_MAX, AMOUNT_MAX));
    }
    if (type === 'boolean') return random.chance(0.5);
    return schema.example ?? example ?? 'text';
  }

  #object({ properties = {}, required = [] }: Schema, random: Random): Record<string, unknown> {
    const entries = Object.entries(properties).filter(
      ([name]) => required.includes(name) || random.chance(0.4),
    );
    return Object.fromEntries(entries.map(([name, schema]) => [name, this.#valid(name, schema, random)]));
  }
}

/** A route for GET also serves HEAD. */
function serves(operation: ApiOperation, method: string): boolean {
  return method === operation.method || (method === 'HEAD' && operation.method === 'GET');
}

const FAULTS = [
  'path',
  'query',
  'header',
  'key',
  'body',
  'body',
  'names',
  'empty',
  'type',
  'no type',
  'chunked',
  'spelling',
  'method',
  'route',
] as const;

type Fault = (typeof FAULTS)[number] | 'large';

function hostileSegment(random: Random): string {
  const text = hostileText(random).slice(0, 3_000);
  if (random.chance(0.3))
    return random.pick(['%zz', '%', '%ff', '..', '.', '%2e%2e%2f', '%00', ';a=b', '%252e']);
  return encodeURIComponent(text.toWellFormed());
}

/** Unchanged where a URL can contain it, otherwise encoded. */
function escaped(text: string): string {
  return /^[\w%.~[\]()'!*:@,;+-]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed());
}

function spoiledQuery(
  query: readonly (readonly [string, string])[],
  random: Random,
): readonly (readonly [string, string])[] {
  const added = [
    random.pick(['limit', 'status', 'a[b]', '__proto__', 'cursor', 'from']),
    hostileText(random),
  ] as const;
  const text = added[1].slice(0, 2_000);
  return random.chance(0.5) ? [...query, ...query, [added[0], text]] : [[added[0], text]];
}

function spoiledKey({ full, reader }: Keys, random: Random): string | string[] | null {
  return random.pick<string | string[] | null>([
    null,
    '',
    'Bearer',
    `Bearer ${reader}`,
    `Bearer ${full}x`,
    `Basic ${Buffer.from(`${full}:`).toString('base64')}`,
    [`Bearer ${full}`, `Bearer ${reader}`],
    `Bearer eyJhbGciOiJub25lIn0.e30.`,
    `bearer   ${full}`,
    headerText(random),
  ]);
}

/** What node lets out in a header: no line ends, nothing beyond Latin-1. */
function headerText(random: Random): string {
  const text = hostileText(random).slice(0, 4_000);
  return text.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '').trim();
}
