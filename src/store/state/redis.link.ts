import type { Redis } from 'ioredis';
import type { Clock } from '../../config/clock.js';
import type { Secret } from '../../config/secrets/secret.js';
import { RedisNodes } from './redis.nodes.js';
import { RedisServerLink } from './redis.server.link.js';

/** The connections to Redis, or to the nodes of a Redis Cluster, each used only while it responds. */
export class RedisLink {
  readonly #nodes: RedisNodes<RedisServerLink>;

  /** @param commandTimeoutMs of one command; undefined for that of `RedisServerLink` */
  constructor(url: Secret, clock: Clock, commandTimeoutMs?: number) {
    const isOneOfMany = () => this.#nodes.isCluster;
    this.#nodes = new RedisNodes(
      url,
      (nodeUrl) => new RedisServerLink(nodeUrl, clock, commandTimeoutMs, isOneOfMany),
    );
  }

  /**
   * Resolves once the first connection is ready or has failed, and those to the other nodes of a cluster.
   * @throws StartRefusedError when Redis is there and refuses the login, the database or the scripts
   */
  async firstConnection(): Promise<void> {
    await this.#nodes.seed.firstConnection();
    await this.#nodes.known;
  }

  /** Of the server of the URL, or of another node of its cluster that is ready. */
  get status(): 'ready' | 'unreachable' {
    return this.#nodes.ready.status;
  }

  /** Whether every server that has keys is ready. */
  get isComplete(): boolean {
    return this.#nodes.owners.every(({ status }) => status === 'ready');
  }

  /**
   * The result of the command, or undefined when the server that has the key is not there or not in time.
   * @param command with `isAsking`, each of its commands is sent behind `ASKING`
   */
  async ask<T>(
    key: string,
    command: (redis: Redis, isAsking: boolean) => Promise<T>,
  ): Promise<T | undefined> {
    const link = this.#nodes.of(key);
    return link.ask(() => this.#nodes.run(link, (node, isAsking) => command(node.redis, isAsking)));
  }

  close(): void {
    this.#nodes.close();
  }
}
