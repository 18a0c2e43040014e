import { normalId } from '../subject.id.js';
import { FenceUnavailableError, type UserFence } from './user.fence.js';

/** Places in one statement: about 2 ms of the server, so that a wave that waits for it is in time. */
const PLACES_MAX = 500;

/** Stands for every user: writes that name one by a UUID. */
const ALL_USERS = '*';

/** What is in front of the number of a user with an open operation. */
const OPEN = '!';

const NUMERIC = /^\d+$/;

/** Reads of fences that share one statement, one timer and one promise. */
export class FenceWave {
  readonly accounts: string[] = [];
  readonly users: string[] = [];
  readonly #places = new Map<string, number>();
  readonly #result = Promise.withResolvers<{ epoch: number; fences: readonly string[] }>();
  readonly #timer: NodeJS.Timeout;
  #isOverdue = false;

  constructor(deadlineMs: number) {
    this.#timer = setTimeout(() => {
      this.#isOverdue = true;
      this.#result.reject(new FenceUnavailableError('the database does not respond in time'));
    }, deadlineMs);
    // Readers have their own promises.
    this.#result.promise.catch(() => undefined);
  }

  /** Its readers have been refused. */
  get isOverdue(): boolean {
    return this.#isOverdue;
  }

  get isFull(): boolean {
    return this.users.length >= PLACES_MAX;
  }

  async read(account: string, userId: string): Promise<UserFence> {
    if (!NUMERIC.test(userId)) throw new TypeError('a fence is read by the number of a user');
    const own = this.#placeOf(account, normalId(userId));
    const all = this.#placeOf(account, ALL_USERS);
    const { epoch, fences } = await this.#result.promise;
    const [one = '', other = ''] = [fences[own], fences[all]];
    return {
      isOpen: one.startsWith(OPEN) || other.startsWith(OPEN),
      revision: `${epoch}/${one}/${other}`,
    };
  }

  /** @param fences in the order of `accounts` and `users` */
  settle(epoch: number, fences: readonly string[]): void {
    clearTimeout(this.#timer);
    this.#result.resolve({ epoch, fences });
  }

  fail(error: FenceUnavailableError): void {
    clearTimeout(this.#timer);
    this.#result.reject(error);
  }

  #placeOf(account: string, user: string): number {
    const key = `${account} ${user}`;
    const found = this.#places.get(key);
    if (found !== undefined) return found;
    const place = this.users.length;
    this.#places.set(key, place);
    this.accounts.push(account);
    this.users.push(user);
    return place;
  }
}
