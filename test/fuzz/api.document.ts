/** The parts of an OpenAPI 3.1 document that the generator reads. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly example?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema?: Schema;
}

interface Media {
  readonly schema?: Schema;
  readonly examples?: Readonly<Record<string, unknown>>;
}

export interface ApiOperation {
  readonly method: string;
  /** With `{name}` for each parameter. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  /** Slugs of the problems that are documented, by status. */
  readonly problems: ReadonlyMap<number, ReadonlySet<string>>;
  readonly successes: ReadonlySet<number>;
}

interface Reference {
  readonly $ref: string;
}

interface Response {
  readonly content?: Readonly<Record<string, Media>>;
}

interface RawOperation {
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response | Reference>>;
}

interface RawDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The API document of a running gateway. */
export class ApiDocument {
  readonly operations: readonly ApiOperation[];

  constructor(private readonly raw: RawDocument) {
    this.operations = Object.entries(raw.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => this.#operation(method, path, operation)),
    );
  }

  resolve(schema: Schema): Schema {
    const { $ref } = schema;
    return $ref === undefined ? schema : this.resolve(this.#at<Schema>({ $ref }));
  }

  #at<T extends object>(part: T | Reference): T {
    if (!('$ref' in part) || typeof part.$ref !== 'string') return part as T;
    const [kind = '', name = ''] = part.$ref.replace('#/components/', '').split('/');
    const found = this.raw.components?.[kind]?.[name];
    if (!found) throw new Error(`nothing at ${part.$ref}`);
    return found as T;
  }

  #operation(method: string, path: string, raw: RawOperation): ApiOperation {
    // What is documented for a whole range of statuses is every route's.
    const responses = Object.entries(raw.responses).flatMap(([status, response]) =>
      /^\d+$/.test(status) ? [{ status: Number(status), response: this.#at<Response>(response) }] : [],
    );
    const problems = responses.map(({ status, response }): [number, ReadonlySet<string>] => [
      status,
      new Set(Object.keys(response.content?.['application/problem+json']?.examples ?? {})),
    ]);
    return {
      method: method.toUpperCase(),
      path,
      parameters: (raw.parameters ?? []).map((each) => this.#at<Parameter>(each)),
      body: raw.requestBody?.content['application/json']?.schema,
      problems: new Map(problems.filter(([status]) => status >= 400)),
      successes: new Set(responses.map(({ status }) => status).filter((status) => status < 400)),
    };
  }
}
