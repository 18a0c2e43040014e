/** What the ledger knows of the writes to one user's entitlements in a vendor account, at the moment of the read. */
export interface UserFence {
  /** An operation of this user may be changing something at the vendor: what is read there now proves nothing later. */
  readonly isOpen: boolean;
  /** Changes with every transition of such an operation. Compare for equality only. */
  readonly revision: string;
}

/** The fence cannot be read in time: nothing may be served from a cache or stored in it. */
export class FenceUnavailableError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`the fence of a user cannot be read: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'FenceUnavailableError';
  }
}
