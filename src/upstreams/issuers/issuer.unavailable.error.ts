/** The keys of an issuer could not be fetched. The message is internal and never quotes the response. */
export class IssuerUnavailableError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`no keys: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'IssuerUnavailableError';
  }
}
