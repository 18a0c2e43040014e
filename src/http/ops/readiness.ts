import { Injectable } from '@nestjs/common';

/** Answers whether a part of the gateway can serve requests now; bounded in time by whoever provides it. */
export type ReadinessCheck = () => boolean | Promise<boolean>;

/** Whether load balancers should send requests here. The upstreams do not count: reads and replays go on without them. */
@Injectable()
export class Readiness {
  readonly #checks = new Map<string, ReadinessCheck>();
  #draining = false;

  addCheck(name: string, check: ReadinessCheck): void {
    this.#checks.set(name, check);
  }

  /** From now on not ready, so that no new request is sent here; there is no way back. */
  drain(): void {
    this.#draining = true;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  async isReady(): Promise<boolean> {
    if (this.#draining) return false;
    const answers = await Promise.all([...this.#checks.values()].map((check) => settle(check)));
    return answers.every(Boolean);
  }
}

async function settle(check: ReadinessCheck): Promise<boolean> {
  try {
    return await check();
  } catch {
    return false;
  }
}
