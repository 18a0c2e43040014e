import type { Redis } from 'ioredis';
import { Secret } from '../../config/secrets/secret.js';
import { redirectOf, type SlotRange, slotOf, slotRangesOf } from './cluster.slots.js';
import { firstConnection } from './redis.connection.js';
import { timelyReply } from './timely.reply.js';

/** A node that is asked for the slots is given up for the next one after this time. */
const SLOTS_REPLY_MS = 500;

/** While a node is away, the others are asked who has its slots this often. A cluster takes a second or more to decide it. */
const SLOTS_EVERY_MS = 250;

/** A connection to one node, and what its owner keeps with it. */
export interface RedisNode {
  readonly redis: Redis;
  close(): void;
}

/**
 * The connections to a Redis: one to the server of the URL, and where that is part of a Redis Cluster, one to every node. A node that
 * goes away is connected to again for as long as it is part of the cluster; who has its slots now is learned from the others.
 */
export class RedisNodes<T extends RedisNode> {
  /** Resolves when all that can be connected to is. It waits for no server longer than that of a first connection. */
  readonly known: Promise<void>;
  readonly #seed: T;
  /** By `host:port`. */
  readonly #nodes = new Map<string, T>();
  #ranges: readonly SlotRange[] = [];
  #learning: Promise<void> | undefined;
  #learnedMs = -Infinity;
  #isClosed = false;

  constructor(
    private readonly url: Secret,
    private readonly connect: (url: Secret) => T,
  ) {
    this.#seed = this.#connected(url);
    this.known = firstConnection(this.#seed.redis).then(() => this.#learn());
  }

  get isCluster(): boolean {
    return this.#ranges.length > 0;
  }

  /** The server of the URL. */
  get seed(): T {
    return this.#seed;
  }

  /** A server that can be asked now; that of the URL when there is none. */
  get ready(): T {
    return [this.#seed, ...this.#nodes.values()].find(isReady) ?? this.#seed;
  }

  /** The servers that have keys, as far as is known; that of the URL in place of one that cannot be named. */
  get owners(): readonly T[] {
    if (!this.isCluster) return [this.#seed];
    return [...new Set(this.#ranges.map(({ owner }) => this.#nodes.get(owner) ?? this.#seed))];
  }

  /** The node that has a key, as far as is known. */
  of(key: string): T {
    if (!this.isCluster) return this.#seed;
    const slot = slotOf(key);
    const owner = this.#ranges.find(({ first, last }) => first <= slot && slot <= last)?.owner;
    const node = (owner !== undefined && this.#nodes.get(owner)) || this.#seed;
    if (!isReady(node)) this.#learnSoon();
    return node;
  }

  /**
   * Runs a command at the node that has its key now, beginning with `node`.
   * @param command with `isAsking`, each command is sent behind `ASKING`
   */
  async run<R>(node: T, command: (node: T, isAsking: boolean) => Promise<R>): Promise<R> {
    try {
      return await command(node, false);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('CLUSTERDOWN')) this.#learnSoon();
      const redirect = redirectOf(error);
      if (!redirect) throw error;
      if (!redirect.isAsking) this.#learnSoon();
      const target = this.#at(redirect.address, node);
      await firstConnection(target.redis);
      return command(target, redirect.isAsking);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const node of [this.#seed, ...this.#nodes.values()]) node.close();
  }

  #learnSoon(): void {
    if (performance.now() - this.#learnedMs > SLOTS_EVERY_MS) void this.#learn();
  }

  async #learn(): Promise<void> {
    this.#learning ??= this.#askForSlots().finally(() => {
      this.#learning = undefined;
      this.#learnedMs = performance.now();
    });
    await this.#learning;
  }

  /** Of the first node that replies. A server that is no cluster, or may not be asked, keeps what it has: all, or what it redirects. */
  async #askForSlots(): Promise<void> {
    for (const node of [...this.#nodes.values(), this.#seed].filter(isReady)) {
      try {
        const ranges = slotRangesOf(await timelyReply(node.redis.cluster('SLOTS'), SLOTS_REPLY_MS));
        // A node that was forgotten by the others has none.
        if (ranges.length > 0) return await this.#adopt(ranges, node);
      } catch (error) {
        if (isNoCluster(error) && node === this.#seed) return await this.#adopt([], node);
      }
    }
  }

  async #adopt(ranges: readonly SlotRange[], from: T): Promise<void> {
    if (this.#isClosed) return;
    const named = ranges.map(({ owner, replicas, ...range }) => ({
      ...range,
      owner: this.#named(owner, from),
      replicas: replicas.map((replica) => this.#named(replica, from)),
    }));
    const listed = new Set(named.flatMap(({ owner, replicas }) => [owner, ...replicas]));
    this.#ranges = named;
    for (const [address, node] of this.#nodes) {
      if (listed.has(address) || isReady(node)) continue;
      node.close();
      this.#nodes.delete(address);
    }
    await Promise.all([...listed].map((address) => firstConnection(this.#at(address, from).redis)));
  }

  #at(address: string, from: T): T {
    const name = this.#named(address, from);
    const known = this.#nodes.get(name);
    if (known) return known;
    const url = new URL(this.url.reveal());
    const port = name.lastIndexOf(':');
    const host = name.slice(0, port);
    url.hostname = host.includes(':') ? `[${host}]` : host;
    url.port = name.slice(port + 1);
    const node = this.#connected(new Secret(url.href));
    this.#nodes.set(name, node);
    return node;
  }

  /** An empty host is that of the node that reports it. */
  #named(address: string, from: T): string {
    return address.startsWith(':') ? `${from.redis.options.host}${address}` : address;
  }

  #connected(url: Secret): T {
    const node = this.connect(url);
    node.redis.on('ready', () => this.#learnSoon());
    // Again and again while it is away: the others know when another has its slots.
    node.redis.on('close', () => {
      if (this.isCluster && !this.#isClosed) this.#learnSoon();
    });
    return node;
  }
}

function isReady({ redis }: RedisNode): boolean {
  return redis.status === 'ready';
}

function isNoCluster(error: unknown): boolean {
  return error instanceof Error && error.message.includes('cluster support disabled');
}
