import { normalId } from '../subject.id.js';
import { FenceUnavailableError, type UserFence } from './user.fence.js';

/** Places in one statement: about 2 ms of the server, so that a batch that waits for it is in time. */
const PLACES_MAX = 500;

/** Placeholder for every user: writes that name one by a UUID. */
const ALL_USERS = '*';

/** Prefix of the number of a user with an open operation. */
const OPEN = '!';

/** Where the users of one account are in the statement. */
interface Places {
  /** An element of an array in SQL. */
  readonly account: string;
  readonly all: number;
  readonly ofUsers: Map<string, number>;
}

/** Reads of fences that share one statement, one timer and one promise. */
export class FenceBatch {
  readonly #accounts: string[] = [];
  readonly #users: string[] = [];
  readonly #places = new Map<string, Places>();
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
    return this.#users.length >= PLACES_MAX;
  }

  /** Vendor accounts and users in the order of their places, as arrays in SQL. */
  get asked(): readonly [accounts: string, users: string] {
    return [`{${this.#accounts.join(',')}}`, `{${this.#users.join(',')}}`];
  }

  /** @param userId numeric */
  read(account: string, userId: string): Promise<UserFence> {
    const places = this.#places.get(account) ?? this.#placesOf(account);
    const own = this.#placeOf(places, normalId(userId));
    return this.#result.promise.then(({ epoch, fences }) => {
      const one = fences[own] ?? '';
      const other = fences[places.all] ?? '';
      return {
        isOpen: one.startsWith(OPEN) || other.startsWith(OPEN),
        revision: `${epoch}/${one}/${other}`,
      };
    });
  }

  /** @param fences in the order of the places */
  settle(epoch: number, fences: readonly string[]): void {
    clearTimeout(this.#timer);
    this.#result.resolve({ epoch, fences });
  }

  fail(error: FenceUnavailableError): void {
    clearTimeout(this.#timer);
    this.#result.reject(error);
  }

  #placesOf(name: string): Places {
    const account = `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
    const places = { account, all: this.#push(account, ALL_USERS), ofUsers: new Map<string, number>() };
    this.#places.set(name, places);
    return places;
  }

  #placeOf({ account, ofUsers }: Places, user: string): number {
    let place = ofUsers.get(user);
    if (place === undefined) ofUsers.set(user, (place = this.#push(account, user)));
    return place;
  }

  #push(account: string, user: string): number {
    this.#users.push(user);
    return this.#accounts.push(account) - 1;
  }
}
