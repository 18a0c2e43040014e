import { Logger } from '@nestjs/common';
import { type KnownSecret, type KnownSecrets, knownSecrets } from '../config/known.secrets.js';
import type { Secret } from '../config/secret.js';
import { formsOf } from './secret.forms.js';
import { type Find, type Pattern, PATTERN_LENGTH_MIN, TextFinder } from './text.finder.js';

/** Where a secret was about to be written; a label of the incident metric. */
export const SINKS = ['log', 'answer', 'ledger'] as const;

export type Sink = (typeof SINKS)[number];

const MASK = '[redacted]';

/**
 * Shorter ones are masked only where callers cannot look. To a caller who sends guesses and reads them back, a mask is
 * the word "right": sixteen characters are too many to guess, six small letters are not.
 */
const GUESSABLE_LENGTH = 16;

/** Shorter ones stand in other words by chance, and are masked only where they stand alone. */
const WORD_LENGTH = 12;

/** A dozen secrets have some two hundred forms; a table of this size is 128 kB. */
const CAPACITY_MIN = 4_096;

interface Finders {
  version: number;
  /** What has been added; forgotten tokens stay in until there is no room. */
  readonly known: WeakSet<Secret>;
  /** Every secret of at least six characters. */
  readonly all: TextFinder;
  readonly unguessable: TextFinder;
}

/**
 * The last line: nothing that holds a known secret, in any of its forms, leaves through a sink. A hit is a fault of
 * whoever wrote it, so it is counted and logged as an incident, by the secret's name. Secrets of fewer than six
 * characters are not looked for: they would mask half of every line, and are none.
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

  /** The text without secrets; JSON stays JSON. Without a hit, the very text. */
  text(sink: Sink, text: string): string {
    const finder = this.#finder(sink);
    const finds = finder.find(text);
    if (finds.length === 0) return text;
    this.#report(sink, finds);
    return maskedText(finder, text, finds);
  }

  /** A JSON value without secrets, keys included. Without a hit, the very value. */
  value<T>(sink: Sink, value: T): T {
    const text = JSON.stringify(value) as string | undefined;
    const finder = this.#finder(sink);
    const finds = text === undefined ? [] : finder.find(text);
    if (finds.length === 0) return value;
    this.#report(sink, finds);
    return maskedValue(finder, value) as T;
  }

  #finder(sink: Sink): TextFinder {
    if (this.#finders?.version !== this.secrets.version) this.#finders = this.#current();
    return sink === 'log' ? this.#finders.all : this.#finders.unguessable;
  }

  /** A token is renewed every few minutes for each of many tenants, so what is new is added and the rest left alone. */
  #current(): Finders {
    const { version } = this.secrets;
    const known = this.secrets.all();
    const finders = this.#finders;
    const patterns = patternsOf(known.filter(({ secret }) => !finders?.known.has(secret)));
    if (!finders || finders.all.room < patterns.length) return this.#build();
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
      all: new TextFinder(capacity),
      unguessable: new TextFinder(capacity),
    };
    add(finders, known, patterns);
    return finders;
  }

  /** The line about a hit passes the filter as well, which must not report itself. */
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
    if (text.length < PATTERN_LENGTH_MIN) return [];
    return formsOf(text).map((form) => ({
      text: form,
      name,
      guessable: text.length < GUESSABLE_LENGTH,
      alone: form === text && text.length < WORD_LENGTH,
    }));
  });
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

/** Undefined for what is no JSON, or holds the secret across its members. */
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
