/** A part of the API document. */
// oxlint-disable-next-line typescript/no-explicit-any -- JSON of any shape
type Json = any;

/** A value that no enumeration of today has. */
export const NEW_WORD = 'word_of_tomorrow';

export interface Tomorrow {
  /** Replaces every value of an enumeration. */
  readonly newWords: boolean;
  /** Every member that may be null is null. */
  readonly nulls?: boolean;
}

/** Changes responses as a later version of the API may: new members everywhere, new values in enumerations. */
export class TomorrowsResponses {
  /** Members added and values replaced so far. */
  added = 0;
  replaced = 0;

  /** @param document the API document of today, which the clients were generated from */
  constructor(private readonly document: Json) {}

  /** `path` without a query. A response that the document does not describe gets new members only. */
  rewrite(method: string, path: string, response: { status: number; body: Json }, change: Tomorrow): Json {
    return this.#walk(response.body, this.#schemaOf(method, path, response.status), change);
  }

  #schemaOf(method: string, path: string, status: number): Json {
    const parts = path.split('/');
    const template = Object.keys(this.document.paths).find((each) => {
      const names = each.split('/');
      return (
        names.length === parts.length && names.every((name, at) => name.startsWith('{') || name === parts[at])
      );
    });
    const operation = template && this.document.paths[template][method.toLowerCase()];
    const responses = operation?.responses ?? {};
    const described = this.#resolve(responses[status] ?? responses[`${Math.floor(status / 100)}XX`]);
    return Object.values<Json>(described?.content ?? {})[0]?.schema;
  }

  #resolve(part: Json): Json {
    if (!part?.$ref) return part;
    const names: string[] = part.$ref.slice(2).split('/');
    return this.#resolve(names.reduce((found: Json, name) => found[name], this.document));
  }

  #walk(value: Json, schema: Json, change: Tomorrow): Json {
    const parts = this.#partsOf(schema);
    if (Array.isArray(value)) {
      const items = parts.find((each) => each.items)?.items;
      return value.map((each) => this.#walk(each, items, change));
    }
    if (typeof value === 'string') {
      if (!change.newWords || !parts.some((each) => each.enum ?? each['x-extensible-enum'])) return value;
      this.replaced += 1;
      return NEW_WORD;
    }
    return typeof value === 'object' && value !== null ? this.#object(value, parts, change) : value;
  }

  #object(value: Json, parts: Json[], change: Tomorrow): Json {
    const members = Object.entries<Json>(value).map(([name, member]) => {
      const schema = parts.map((each) => each.properties?.[name]).find(Boolean);
      const isNull = change.nulls && this.#partsOf(schema).some(isNullable);
      return [name, isNull ? null : this.#walk(member, schema, change)];
    });
    // A map has values of one type: a member of another type in it would be a breaking change.
    const isMap = parts.some((each) => each.additionalProperties && !each.properties);
    if (isMap || !parts.some((each) => each.properties)) return Object.fromEntries(members);
    this.added += 1;
    return { ...Object.fromEntries(members), memberOfTomorrow: { since: [1, null, 'v1'] } };
  }

  /** The schema and all that it combines. */
  #partsOf(schema: Json): Json[] {
    const resolved = this.#resolve(schema);
    if (!resolved) return [];
    const combined: Json[] = [
      ...(resolved.allOf ?? []),
      ...(resolved.anyOf ?? []),
      ...(resolved.oneOf ?? []),
    ];
    return [resolved, ...combined.flatMap((each) => this.#partsOf(each))];
  }
}

function isNullable({ type }: Json): boolean {
  return [type].flat().includes('null');
}
