import { randomBytes, randomUUID } from 'node:crypto';
import type { Canary } from './needles.js';

/** Different in every encoding that the search knows, and in every run. */
function unguessable(): string {
  return `${randomBytes(18).toString('base64')}"&+/`;
}

function typable(): string {
  return randomBytes(16).toString('hex').toUpperCase();
}

/** Every secret of one run. Those that come from upstreams and callers are added while it runs. */
export class Canaries {
  readonly spidClientSecret = unguessable();
  readonly spidSignatureSecret = unguessable();
  readonly import2ApiToken = unguessable();
  readonly webhookSecret = unguessable();
  readonly databasePassword = unguessable();
  readonly redisPassword = unguessable();
  readonly apiKey = `tg_${randomBytes(24).toString('base64url')}`;
  readonly wrongApiKey = `tg_${randomBytes(24).toString('base64url')}`;
  readonly destinationToken = unguessable();
  readonly importedToken = unguessable();
  /** Codes are letters and digits that people type. */
  readonly sharedVoucherCode = typable();
  readonly guessedVoucherCode = typable();
  readonly seenVoucherCode = typable();
  readonly addressPath = randomBytes(24).toString('base64url');
  readonly addressToken = randomBytes(24).toString('base64url');
  /** In every field of a request that is refused, so that none of it is stored. */
  readonly refusedField = typable();
  readonly webhookToken = randomUUID().replaceAll('-', '');
  readonly answerKey = randomBytes(32);
  readonly fingerprintKey = randomBytes(32);
  readonly #later = new Map<string, Canary>();

  add(name: string, text: string, allowedIn: readonly string[] = []): void {
    this.#later.set(text, { name, text, allowedIn });
  }

  /** How many of those that came while it ran have this name. */
  count(name: string): number {
    return [...this.#later.values()].filter((each) => each.name === name).length;
  }

  all(): readonly Canary[] {
    const { answerKey, fingerprintKey, ...members } = this;
    const texts = Object.entries(members).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const keys = { answerKey, fingerprintKey };
    return [
      ...texts.map(([name, text]) => ({ name, text })),
      ...Object.entries(keys).flatMap(([name, key]) => [
        { name: `${name} (base64)`, text: key.toString('base64') },
        { name: `${name} (hex)`, text: key.toString('hex') },
      ]),
      ...this.#later.values(),
    ];
  }
}
