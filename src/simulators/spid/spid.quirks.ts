/**
 * What the sources leave open or contradict, selected with `PUT /__quirks`. The first value of each is the
 * default.
 */
const choices = {
  /** No access to a product: 404, or 200 with `result: false` (SPiD B1). */
  productAccessNone: ['404', 'result-false'],
  /** Response to a revocation: the recorded object, or the documented flag (SPiD B3). */
  revokeAnswer: ['digital-content', 'success'],
  /** An unknown subscription: documented 404, or recorded 200 with `[]` (SPiD B6). */
  subscriptionUnknown: ['404', 'empty-array'],
  /** A handout from a group without a free voucher (SPiD B7). */
  voucherHandoutEmpty: ['success-false', '404', '500'],
  /** Whether the clients have a voucher prefix, which unique groups require (SPiD B12). */
  voucherPrefix: ['set', 'missing'],
  /** Errors in the container, or the bare `error` object of some fixtures (SPiD A5). */
  errorEnvelope: ['container', 'bare'],
  /** `error.description` as a string, or as an object of field and message (SPiD A5). */
  errorDescription: ['text', 'object'],
  /** How responses are signed where they are; `missing` leaves `data` plain (SPiD A7). */
  signature: ['valid', 'missing', 'wrong', 'unknown-algorithm'],
  /** Whose responses are signed: as configured per client, or those of every client with a token (SPiD A7). */
  signedResponses: ['by-client', 'every-client'],
  /** Kind of access token: as configured per client, or one kind for all (SPiD A2). */
  tokenKind: ['by-client', 'opaque', 'jwt'],
  /** `token_type` beside an opaque token: absent in the samples of 2014, `Bearer` in recordings of 2017 (SPiD A2). */
  tokenType: ['absent', 'present'],
  /** An unknown scope in a token request: ignored, or 400 `invalid_scope` (SPiD A2). */
  unknownScope: ['ignored', 'refused'],
  /** Response of introspection: the claims, or the shorter object of the overview page (SPiD A2). */
  introspection: ['claims', 'short'],
  /** `/status` and `/version` as published in 2014, or as recorded in 2016 (SPiD B17). */
  platformForm: ['2014', '2016'],
  /** A subscription as in the published sample, as recorded later, or with every documented field (SPiD B6). */
  subscriptionForm: ['published', 'recorded', 'documented'],
  /** An import with an empty `content=`: refused as no array, or accepted as on the documentation page (SPiD B15). */
  importContentEmpty: ['refused', 'accepted'],
  /** Steps 5, 6 and 9 of the checks (SPiD A4). */
  tokenScope: ['sufficient', 'insufficient'],
  callerIp: ['accepted', 'not-whitelisted', 'not-identifiable'],
  endpointAccess: ['open', 'closed'],
  /** `none`: server tokens can access no user, as before verification of the e-mail address (SPiD A8). */
  userVerification: ['as-is', 'none'],
} as const;

type Name = keyof typeof choices;
type Values = { readonly [N in Name]: (typeof choices)[N][number] };

const defaults = Object.fromEntries(
  Object.entries(choices).map(([name, [first]]) => [name, first]),
) as Values;

export class SpidQuirks {
  #values: Values = defaults;

  get values(): Values {
    return this.#values;
  }

  /** Merges the given quirks. Returns an error message, if any, and then changes nothing. */
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
