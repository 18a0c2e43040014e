/** Slots of a Redis Cluster. */
const SLOTS = 16_384;

/** Slots in a row that one node has. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
  /** `host:port`; the host is empty where the node does not know its own address. */
  readonly owner: string;
  /** Nodes that can take over. */
  readonly replicas: readonly string[];
}

/** Where an error reply sends a command: for good, or this once (`isAsking`). */
export interface Redirect {
  readonly address: string;
  readonly isAsking: boolean;
}

/** The slot of a key: only what is in its first braces counts, unless that is empty. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = key.indexOf('}', open + 1);
  const tag = open >= 0 && close > open + 1 ? key.slice(open + 1, close) : key;
  return crc16(Buffer.from(tag)) % SLOTS;
}

/** CRC-16/XMODEM, as in the specification of Redis Cluster. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

/** The reply to `CLUSTER SLOTS`; empty for anything else. */
export function slotRangesOf(reply: unknown): SlotRange[] {
  if (!Array.isArray(reply)) return [];
  return (reply as unknown[][]).map(([first, last, owner, ...replicas]) => ({
    first: Number(first),
    last: Number(last),
    owner: addressOf(owner),
    replicas: replicas.map(addressOf),
  }));
}

function addressOf(node: unknown): string {
  const [host, port] = node as [host: string | null, port: number];
  return `${host ?? ''}:${port}`;
}

/** @returns undefined for an error that is no redirect */
export function redirectOf(error: unknown): Redirect | undefined {
  const found = error instanceof Error && /^(MOVED|ASK) \d+ (\S*:\d+)$/.exec(error.message);
  return found && found[2] !== undefined ? { address: found[2], isAsking: found[1] === 'ASK' } : undefined;
}
