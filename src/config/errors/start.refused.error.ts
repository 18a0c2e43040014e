/**
 * The process must not start, or cannot. The message is one line for the operator: which variable or setting, what was
 * tried, what to do; never a secret.
 */
export class StartRefusedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
