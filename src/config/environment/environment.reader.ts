import { ConfigurationReport } from '../errors/configuration.report.js';
import { whiteSpaceAround, whiteSpaceHint } from '../errors/white.space.js';
import { Secret } from '../secrets/secret.js';
import { readSecret } from '../secrets/secret.reference.js';
import { isServiceLink } from './service.links.js';
import type { StoreUrlCheck } from './store.url.js';

export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Reads one variable after the other and collects what is wrong. An empty variable counts as unset, and so does one
 * that Kubernetes or Docker has set for a service.
 */
export class EnvironmentReader {
  readonly report = new ConfigurationReport();

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  text(name: string): string | undefined {
    const text = this.env[name] ?? '';
    return text === '' || isServiceLink(name, text) ? undefined : text;
  }

  number(name: string, fallback: number, { min, max }: NumberRange): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    this.report.error(name, `must be a whole number from ${min} to ${max}${shown(text)}`);
    return fallback;
  }

  word<Word extends string>(name: string, words: readonly Word[], fallback: Word): Word {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) this.report.error(name, `must be one of: ${words.join(', ')}${shown(text)}`);
    return word ?? fallback;
  }

  /** From the variable, or from the file that `<name>_FILE` names; never from both, so that it is clear which is in force. */
  secretUrl(name: string, check: StoreUrlCheck): Secret | undefined {
    const text = this.text(name);
    const file = this.text(`${name}_FILE`);
    if (file === undefined) return text === undefined ? undefined : this.#url(name, new Secret(text), check);
    if (text !== undefined) this.report.error(`${name}_FILE`, `must not be set together with ${name}`);
    const parsed = readSecret({ file }, { folder: process.cwd(), env: this.env });
    if (parsed.value === undefined) {
      this.report.error(`${name}_FILE`, `${parsed.reason}${whiteSpaceHint(file)}`);
      return undefined;
    }
    if (parsed.warning !== undefined) this.report.warn(`${name}_FILE`, parsed.warning);
    return this.#url(`${name}_FILE`, parsed.value, check);
  }

  /** Whether the variable, or its `_FILE` form, is set, valid or not. */
  isSet(name: string): boolean {
    return this.text(name) !== undefined || this.text(`${name}_FILE`) !== undefined;
  }

  /** A misspelt variable would otherwise silently leave its default in force. */
  refuseUnknown(prefix: string, known: readonly string[]): void {
    for (const name of Object.keys(this.env).toSorted()) {
      if (!name.startsWith(prefix) || known.includes(name)) continue;
      if (isServiceLink(name, this.env[name] ?? '')) continue;
      this.report.error(name, `is not known; known names with this prefix: ${known.join(', ')}`);
    }
  }

  #url(name: string, secret: Secret, check: StoreUrlCheck): Secret | undefined {
    const reason = check(secret.reveal());
    if (reason === undefined) return secret;
    this.report.error(name, reason);
    return undefined;
  }
}

/** Of a variable that holds no secret. What is longer may be one that was meant for another variable. */
function shown(text: string): string {
  const isShown = /^\s{0,4}[\w.,:+ -]{1,16}\s{0,4}$/.test(text);
  const found = [isShown ? `is ${JSON.stringify(text)}` : undefined, whiteSpaceAround(text)].filter(Boolean);
  return found.length > 0 ? `; it ${found.join(', ')}` : '';
}
