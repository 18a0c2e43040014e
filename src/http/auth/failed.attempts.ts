import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage, normalizeIp, type ThrottlerStorage } from '@nestjs/throttler';

/**
 * Two a second for a minute. A service with a wrong key is seen long before; what goes on after this is a loop or
 * somebody trying, and would fill the log.
 */
const FAILURES_MAX = 120;
const WINDOW_MS = 60_000;

/**
 * Counts requests without a valid key, by source address (IPv6: by /64, which one customer has whole). A valid key
 * is never held up by it: behind a load balancer everybody has the same address, and 256 random bits are not guessed.
 */
@Injectable()
export class FailedAttempts {
  constructor(@InjectThrottlerStorage() private readonly storage: ThrottlerStorage) {}

  /** Counts one of its kind; answers how many seconds to stay away when there were too many. */
  async count(address: string, kind = 'failed-attempts'): Promise<number | undefined> {
    const key = normalizeIp(address);
    const record = await this.storage.increment(key, WINDOW_MS, FAILURES_MAX, WINDOW_MS, kind);
    return record.isBlocked ? record.timeToBlockExpire : undefined;
  }
}
