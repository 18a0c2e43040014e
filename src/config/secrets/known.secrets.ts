import { Secret } from './secret.js';

/** A secret that this process holds or has held, under a name that operators understand. */
export interface KnownSecret {
  /** For example `settings.tenants.demo.spid.clientSecret`; never the text. */
  readonly name: string;
  readonly secret: Secret;
}

/**
 * Tokens kept for each name. A token that was replaced is valid at the vendor for up to its whole lifetime more, but a
 * call that carried it is over within seconds: three cover renewals that follow each other closely.
 */
const VERSIONS_OF_TOKENS = 3;

/** Settings nest four levels deep; the limit only bounds the recursion. */
const DEPTH_MAX = 8;

/**
 * Every secret that this process has read from its settings, those before a rotation too, and the tokens that it holds
 * at its vendors. One for the process: a secret is masked in every log line and every response, whichever part read it.
 */
export class KnownSecrets {
  readonly #secrets = new Map<string, KnownSecret>();
  readonly #tokens = new Map<string, readonly Secret[]>();
  #version = 0;

  /** Grows with every change: what was derived from `all` is out of date when it differs. */
  get version(): number {
    return this.#version;
  }

  /** Keeps every secret in an object, at any depth, for the life of the process: new settings need no entry here. */
  learn(name: string, holder: unknown): void {
    this.#walk(name, holder, 0);
  }

  /** Keeps a token that a vendor granted, and drops older ones of this name. */
  learnToken(name: string, token: Secret): void {
    const known = this.#tokens.get(name) ?? [];
    if (known.some((each) => each.equals(token))) return;
    this.#tokens.set(name, [...known, token].slice(-VERSIONS_OF_TOKENS));
    this.#version += 1;
  }

  all(): readonly KnownSecret[] {
    const tokens = [...this.#tokens].flatMap(([name, secrets]) =>
      secrets.map((secret) => ({ name, secret })),
    );
    return [...this.#secrets.values(), ...tokens];
  }

  #walk(name: string, value: unknown, depth: number): void {
    if (value instanceof Secret) return this.#add(name, value);
    if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return undefined;
    const members = value instanceof Map ? [...value] : Object.entries(value);
    for (const [key, member] of members) this.#walk(`${name}.${String(key)}`, member, depth + 1);
    return undefined;
  }

  #add(name: string, secret: Secret): void {
    const text = secret.reveal();
    if (!this.#secrets.has(text)) {
      this.#secrets.set(text, { name, secret });
      this.#version += 1;
    }
    // A connection URL is a secret because of the password in it, which may appear alone elsewhere.
    const password = URL.parse(text)?.password ?? '';
    if (password !== '') this.#add(`${name} (password)`, new Secret(decoded(password)));
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const knownSecrets = new KnownSecrets();
