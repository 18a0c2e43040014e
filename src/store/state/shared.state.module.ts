import { Module, type OnApplicationShutdown, type OnModuleInit, Optional } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { Environment } from '../../config/environment/environment.js';
import { MemoryState } from './memory.state.js';
import { RedisLink } from './redis.link.js';
import { RedisState } from './redis.state.js';
import { SharedState } from './shared.state.js';

/** Redis at `REDIS_URL`, or this process. */
@Module({
  providers: [
    {
      provide: RedisLink,
      inject: [Environment, Clock],
      useFactory: ({ redisUrl }: Environment, clock: Clock) => redisUrl && new RedisLink(redisUrl, clock),
    },
    {
      provide: SharedState,
      inject: [Clock, { token: RedisLink, optional: true }],
      useFactory: (clock: Clock, link?: RedisLink) => {
        const memory = new MemoryState(clock);
        return link ? new RedisState(link, memory) : memory;
      },
    },
  ],
  exports: [SharedState],
})
export class SharedStateModule implements OnModuleInit, OnApplicationShutdown {
  readonly #link: RedisLink | undefined;

  constructor(@Optional() link?: RedisLink) {
    this.#link = link;
  }

  /** Requests before the first connection would be counted in this process only. */
  async onModuleInit(): Promise<void> {
    await this.#link?.firstConnection();
  }

  onApplicationShutdown(): void {
    this.#link?.close();
  }
}
