/** A body that does not match the vendor's documentation. The message names the place, never the value. */
export class UnreadableError extends Error {
  constructor(place: string) {
    super(`unreadable ${place}`);
    this.name = 'UnreadableError';
  }
}
