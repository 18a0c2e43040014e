/**
 * What the sources leave open or contradict, selected with `PUT /__quirks`. The first value of each is the
 * default.
 */
const choices = {
  /** No access to a product: 404, or 200 with `result: false` (SPiD B1). */
  productAccessNone: ['404', 'result-false'],
  /** What revoking answers: the recorded object, or the documented flag (SPiD B3). */
  revokeAnswer: ['digital-content', 'success'],
  /** An unknown subscription: documented 404, or recorded 200 with `[]` (SPiD B6). */
  subscriptionUnknown: ['404', 'empty-array'],
  /** Handing out from a group without a free voucher (SPiD B7). */
  voucherHandoutEmpty: ['success-false', '404', '500'],
  /** Whether the clients have a voucher prefix, without which no unique group can be made (SPiD B12). */
  voucherPrefix: ['set', 'missing'],
  /** Errors in the container, or the bare `error` object of some fixtures (SPiD A5). */
  errorEnvelope: ['container', 'bare'],
  /** `error.description` as text, or as an object of field and message (SPiD A5). */
  errorDescription: ['text', 'object'],
  /** How answers to a client with signed answers are signed; `missing` leaves `data` plain (SPiD A7). */
  signature: ['valid', 'missing', 'wrong', 'unknown-algorithm'],
  /** Whose answers are signed: those of the client set up so, or of every client that sends a token (SPiD A7). */
  signedResponses: ['by-client', 'every-client'],
  /** Which kind of token a client gets, whatever it is set up for (SPiD A2). */
  tokenKind: ['by-client', 'opaque', 'jwt'],
  /** `token_type` beside an opaque token: absent in the samples of 2014, `Bearer` in recordings of 2017 (SPiD A2). */
  tokenType: ['absent', 'present'],
  /** A scope nobody has heard of in a token request: passed over, or 400 `invalid_scope` (SPiD A2). */
  unknownScope: ['ignored', 'refused'],
  /** What introspection tells of a token: its claims, or the shorter object of the overview page (SPiD A2). */
  introspection: ['claims', 'short'],
  /** `/status` and `/version` as published in 2014, or as recorded in 2016 (SPiD B17). */
  platformForm: ['2014', '2016'],
  /** A subscription as in the published sample, as recorded later, or with every documented field (SPiD B6). */
  subscriptionForm: ['published', 'recorded', 'documented'],
  /** `content=` of an import: no valid array, or accepted as the page shows it (SPiD B15). */
  importContentEmpty: ['refused', 'accepted'],
  /** Steps 5, 6 and 9 of the checks (SPiD A4). */
  tokenScope: ['sufficient', 'insufficient'],
  callerIp: ['accepted', 'not-whitelisted', 'not-identifiable'],
  endpointAccess: ['open', 'closed'],
  /** `none`: the server tokens may see no user, as before an e-mail is verified (SPiD A8). */
  userVerification: ['as-is', 'none'],
} as const;

type Name = keyof typeof choices;
type Values = { readonly [N in Name]: (typeof choices)[N][number] };

const defaults = Object.fromEntries(
  Object.entries(choices).map(([name, [first]]) => [name, first]),
) as Values;

export class Quirks {
  #values: Values = defaults;

  get values(): Values {
    return this.#values;
  }

  /** Merges what was asked for. Answers what is wrong with it and then changes nothing. */
  merge(body: unknown): string | undefined {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      return 'an object of quirks is expected';
    for (const [name, value] of Object.entries(body)) {
      if (!Object.hasOwn(choices, name)) return `unknown quirk, known are ${Object.keys(choices).join(', ')}`;
      const allowed: readonly string[] = choices[name as Name];
      if (!allowed.includes(value as string)) return `${name} must be one of ${allowed.join(', ')}`;
    }
    this.#values = { ...this.#values, ...(body as Partial<Values>) };
    return undefined;
  }

  reset(): void {
    this.#values = defaults;
  }
}
