import type { UpstreamTimeouts } from '../../config/upstream.timeouts.js';
import type { ChannelAccount } from './account.places.js';
import type { UpstreamSocketOptions } from './socket/upstream.socket.js';
import type { UpstreamName } from './upstream.errors.js';
import type { UpstreamState } from './upstream.health.js';

export interface UpstreamChannelOptions extends UpstreamSocketOptions {
  readonly upstream: UpstreamName;
  readonly timeouts: UpstreamTimeouts;
  readonly state: UpstreamState;
  /** Asked at each attempt: a reload changes limits at once. */
  readonly account: () => ChannelAccount;
  /** Milliseconds left before the shutdown, which bound every call; no bound when omitted. */
  readonly msLeft?: () => number;
}
