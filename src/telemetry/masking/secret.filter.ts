import { Logger } from '@nestjs/common';
import { type KnownSecret, type KnownSecrets, knownSecrets } from '../../config/secrets/known.secrets.js';
import { GUESSABLE_LENGTH, type Secret } from '../../config/secrets/secret.js';
import { encodingsOf } from './secret.encodings.js';
import { type Find, type Pattern, TextFinder } from './text.finder.js';

/** Where a secret was about to be written; a label of the incident metric. */
export const SINKS = ['log', 'answer', 'ledger'] as const;

export type Sink = (typeof SINKS)[number];

const MASK = '[redacted]';

/** Shorter secrets are not searched: they would mask ordinary text. */
const SECRET_LENGTH_MIN = 6;

/** Shorter secrets occur in other words by chance, and are masked only as whole words. */
const WORD_LENGTH = 12;

/** Patterns; a dozen secrets have about 200 encodings. A table of this size takes 32 kB; more secrets get a larger one. */
const CAPACITY_MIN = 512;

interface Finders {
  version: number;
  /** Secrets whose patterns were added. Patterns of expired tokens remain until the table is full. */
  readonly known: WeakSet<Secret>;
  /** Every secret that is searched. */
  readonly all: TextFinder;
  readonly unguessable: TextFinder;
}

/**
 * Second line of defence: masks every known secret, in any encoding, in all that leaves through a sink. A hit is a bug in
 * the code that wrote it, so it is counted and logged as an incident by the secret's name.
 */
export class SecretFilter {
  readonly #log = new Logger('SecretFilter');
  readonly #hits = new Map<Sink, number>();
  #finders: Finders | undefined;
  #reporting = false;

  constructor(private readonly secrets: KnownSecrets) {}

  /** Incidents so far, by sink. */
  get hits(): ReadonlyMap<Sink, number> {
    return this.#hits;
  }

  /** Whether `text` would mask anything. Counts and logs nothing. */
  holds(sink: Sink, text: string): boolean {
    return this.#finder(sink).find(text).length > 0;
  }

  /** Masks secrets in a string; JSON stays JSON. Returns the same string without a hit. */
  text(sink: Sink, text: string): string {
    const finder = this.#finder(sink);
    const finds = finder.find(text);
    if (finds.length === 0) return text;
    this.#report(sink, finds);
    return maskedText(finder, text, finds);
  }

  /** Masks secrets in a JSON value, keys included. Returns the same object without a hit. */
  value<T>(sink: Sink, value: T): T {
    const text = JSON.stringify(value) as string | undefined;
    const finder = this.#finder(sink);
    const finds = text === undefined ? [] : finder.find(text);
    if (finds.length === 0) return value;
    this.#report(sink, finds);
    return maskedValue(finder, value) as T;
  }

  /** The JSON text of `value`, a JSON value but undefined, with secrets masked, keys included. */
  json(sink: Sink, value: unknown): string {
    const text = JSON.stringify(value);
    const finder = this.#finder(sink);
    const finds = finder.find(text);
    if (finds.length === 0) return text;
    this.#report(sink, finds);
    return JSON.stringify(maskedValue(finder, value));
  }

  #finder(sink: Sink): TextFinder {
    if (this.#finders?.version !== this.secrets.version) this.#finders = this.#current();
    return sink === 'log' ? this.#finders.all : this.#finders.unguessable;
  }

  /** Adds only new secrets: tokens of many tenants are renewed every few minutes. */
  #current(): Finders {
    const { version } = this.secrets;
    const known = this.secrets.all();
    const finders = this.#finders;
    const patterns = patternsOf(known.filter(({ secret }) => !finders?.known.has(secret)));
    if (!finders || finders.all.capacityLeft < patterns.length) return this.#build();
    if (prefixLengthOf(patterns) < finders.all.prefixLength) return this.#build();
    add(finders, known, patterns);
    finders.version = version;
    return finders;
  }

  #build(): Finders {
    const { version } = this.secrets;
    const known = this.secrets.all();
    const patterns = patternsOf(known);
    const capacity = Math.max(CAPACITY_MIN, 2 * patterns.length);
    const finders = {
      version,
      known: new WeakSet<Secret>(),
      all: new TextFinder(capacity, prefixLengthOf(patterns)),
      unguessable: new TextFinder(capacity, GUESSABLE_LENGTH),
    };
    add(finders, known, patterns);
    return finders;
  }

  /** The log line about a hit passes this filter too; the flag prevents a report about the report. */
  #report(sink: Sink, finds: readonly Find[]): void {
    if (this.#reporting) return;
    this.#hits.set(sink, (this.#hits.get(sink) ?? 0) + 1);
    this.#reporting = true;
    try {
      const secrets = [...new Set(finds.map(({ name }) => name))];
      this.#log.error({ incident: 'secret-masked', sink, secrets }, 'a secret was about to be written');
    } finally {
      this.#reporting = false;
    }
  }
}

interface SecretPattern extends Pattern {
  readonly guessable: boolean;
}

function patternsOf(known: readonly KnownSecret[]): readonly SecretPattern[] {
  return known.flatMap(({ name, secret }) => {
    const text = secret.reveal();
    if (text.length < SECRET_LENGTH_MIN) return [];
    return encodingsOf(text).map((form) => ({
      text: form,
      name,
      guessable: text.length < GUESSABLE_LENGTH,
      alone: form === text && text.length < WORD_LENGTH,
    }));
  });
}

/** No encoding of a secret is shorter than the secret. */
function prefixLengthOf(patterns: readonly Pattern[]): number {
  return patterns.reduce((least, { text }) => Math.min(least, text.length), GUESSABLE_LENGTH);
}

function add(finders: Finders, known: readonly KnownSecret[], patterns: readonly SecretPattern[]): void {
  for (const { secret } of known) finders.known.add(secret);
  for (const pattern of patterns) {
    finders.all.add(pattern);
    if (!pattern.guessable) finders.unguessable.add(pattern);
  }
}

function maskedText(finder: TextFinder, text: string, finds: readonly Find[]): string {
  return maskedJson(finder, text) ?? cut(text, finds);
}

/** Undefined when the text is not JSON, or a secret extends over several members. */
function maskedJson(finder: TextFinder, text: string): string | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    const end = text.endsWith('\n') ? '\n' : '';
    const masked = JSON.stringify(maskedValue(finder, JSON.parse(text) as unknown)) + end;
    return finder.find(masked).length === 0 ? masked : undefined;
  } catch {
    return undefined;
  }
}

function maskedValue(finder: TextFinder, value: unknown): unknown {
  if (typeof value === 'string') return cut(value, finder.find(value));
  if (typeof value === 'number') return finder.find(String(value)).length === 0 ? value : MASK;
  if (Array.isArray(value)) return value.map((each) => maskedValue(finder, each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [cut(key, finder.find(key)), maskedValue(finder, member)]),
  );
}

function cut(text: string, finds: readonly Find[]): string {
  let done = 0;
  let masked = '';
  for (const { start, end } of finds) {
    masked += text.slice(done, start) + MASK;
    done = end;
  }
  return masked + text.slice(done);
}

export const secretFilter = new SecretFilter(knownSecrets);
