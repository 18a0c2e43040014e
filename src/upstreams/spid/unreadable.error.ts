/** A body that is not what the vendor documents. The message names the place, never the value. */
export class UnreadableError extends Error {
  constructor(place: string) {
    super(`unreadable ${place}`);
    this.name = 'UnreadableError';
  }
}
