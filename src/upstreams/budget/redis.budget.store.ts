import type { Clock } from '../../config/clock.js';
import type { Secret } from '../../config/secrets/secret.js';
import { RedisNodes } from '../../store/state/redis.nodes.js';
import type { BudgetReply, BudgetStep, StepContext } from './budget.protocol.js';
import { accountKeyOf } from './budget.script.js';
import { type BudgetAccount, type SharedBudgetStore, StoreAwayError } from './budget.store.js';
import { type AccountStep, RedisBudgetNode } from './redis.budget.node.js';

/** A step takes less than 1 ms in the same network. Twice this time without a reply, and each replica counts by itself. */
const REPLY_MS = 150;

/** The state of accounts in Redis, shared by all replicas. Only the time of Redis counts. */
export class RedisBudgetStore implements SharedBudgetStore {
  readonly #nodes: RedisNodes<RedisBudgetNode>;

  constructor(url: Secret, clock: Clock, replyMs = REPLY_MS) {
    this.#nodes = new RedisNodes(url, (nodeUrl) => new RedisBudgetNode(nodeUrl, replyMs, clock));
  }

  /** A server that replies now, for a connection of another kind. */
  get readyUrl(): Secret {
    return this.#nodes.ready.url;
  }

  async step({ name, limits }: BudgetAccount, context: StepContext, step: BudgetStep): Promise<BudgetReply> {
    const key = accountKeyOf(name);
    const inputOf = (server: string | undefined): AccountStep => ({
      account: name,
      limits,
      context: { ...context, server },
      step,
    });
    await this.#nodes.known;
    const node = this.#nodes.of(key);
    try {
      const run = () => this.#nodes.run(node, (each, isAsking) => each.evaluate(key, inputOf, isAsking));
      const isApart = step.step === 'beat' && step.isApart === true;
      return parsed(await (isApart ? node.once(run) : node.timely(run)));
    } catch (error) {
      throw new StoreAwayError({ cause: error });
    }
  }

  async responds(account: string): Promise<boolean> {
    return this.#nodes.of(accountKeyOf(account)).responds();
  }

  close(): void {
    this.#nodes.close();
  }
}

/** An empty list is an empty object in the JSON of Lua. */
function parsed(reply: unknown): BudgetReply {
  const { results, others, unknown, ...rest } = JSON.parse(String(reply)) as BudgetReply;
  return { ...rest, results: listed(results), others: listed(others), unknown: listed(unknown) };
}

function listed<T>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list) ? list : [];
}
