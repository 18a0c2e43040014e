import type { RivalName } from '../rivals/rivals.js';

/** `tollgate-redis`: with Redis, as several replicas run; `direct`: the vendor, without anything in between. */
export type ContenderName = 'tollgate' | 'tollgate-redis' | 'direct' | RivalName;

/** A server that takes part. */
export interface Contender {
  readonly name: ContenderName;
  readonly url: string;
  readonly pid: number;
}
