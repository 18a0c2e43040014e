import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SlotRange, slotOf, slotRangesOf } from '../../../../src/store/state/cluster.slots.js';
import { freePort } from '../../../support/network/free.port.js';
import { until } from '../../../support/until.js';
import { OwnRedis } from './own.redis.js';

const MASTERS = 3;
const SLOTS = 16_384;

/** A master counts as dead after this time, and its replica takes over about a second later. */
const NODE_TIMEOUT_MS = 1_000;

/** A Redis Cluster of a test's own: three masters, and a replica of the first. */
export class OwnRedisCluster {
  private constructor(
    readonly masters: readonly OwnRedis[],
    readonly replica: OwnRedis,
    private readonly folder: string,
  ) {}

  static async start(): Promise<OwnRedisCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-cluster-'));
    const addresses: NodeAddress[] = [];
    for (let number = 1; number <= MASTERS + 1; number += 1) {
      addresses.push({ id: String(number).repeat(40), port: await freePort(), bus: await freePort() });
    }
    await Promise.all(
      addresses.map(({ port }, at) => writeFile(join(folder, `${port}.conf`), configOf(addresses, at))),
    );
    const nodes = await Promise.all(
      addresses.map(({ port, bus }) => OwnRedis.start(port, flags(folder, { port, bus }))),
    );
    const [replica, ...masters] = nodes.toReversed() as [OwnRedis, ...OwnRedis[]];
    for (const node of nodes) await until('the cluster is whole', () => isWhole(node));
    return new OwnRedisCluster(masters.toReversed(), replica, folder);
  }

  /** The master whose slots have the key, by what it says itself. */
  async masterOf(key: string): Promise<OwnRedis> {
    const slot = slotOf(key);
    const [first] = this.masters;
    const ranges = await rangesOf(first!);
    const { owner } = ranges.find((range) => range.first <= slot && slot <= range.last)!;
    return this.masters.find(({ port }) => owner.endsWith(`:${port}`))!;
  }

  /** The first number for which a name has its key in the slots of `master`. */
  async keyAt(master: OwnRedis, keyOf: (number: number) => string): Promise<number> {
    for (let number = 0; ; number += 1) if ((await this.masterOf(keyOf(number))) === master) return number;
  }

  /** Moves the slot of a key as resharding does; `halfway` runs while the old master has the slot and the new one the key. */
  async moveSlotOf(key: string, to: OwnRedis, halfway: () => Promise<void>): Promise<void> {
    const from = await this.masterOf(key);
    const slot = slotOf(key);
    const [fromId, toId] = [await idOf(from), await idOf(to)];
    await to.run((redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId));
    await from.run((redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId));
    const moveKeys = async () => {
      const keys = (await from.run((redis) => redis.call('CLUSTER', 'GETKEYSINSLOT', slot, 100))) as string[];
      if (keys.length === 0) return;
      await from.run((redis) =>
        redis.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'REPLACE', 'KEYS', ...keys),
      );
    };
    await moveKeys();
    await halfway();
    await moveKeys();
    for (const node of [to, from, ...this.masters]) {
      await node.run((redis) => redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId));
    }
  }

  async kill(): Promise<void> {
    await Promise.all([...this.masters, this.replica].map((node) => node.kill()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface NodeAddress {
  /** 40 hexadecimal digits. */
  readonly id: string;
  readonly port: number;
  readonly bus: number;
}

/** What a node would have saved after it joined, so that nothing has to be agreed on. */
function configOf(nodes: readonly NodeAddress[], own: number): string {
  const lines = nodes.map(({ id, port, bus }, at) => {
    const role = at < MASTERS ? 'master -' : `slave ${nodes[0]!.id}`;
    const slots = at < MASTERS ? ` ${firstSlot(at)}-${firstSlot(at + 1) - 1}` : '';
    const myself = at === own ? 'myself,' : '';
    return `${id} 127.0.0.1:${port}@${bus} ${myself}${role} 0 0 ${at + 1} connected${slots}`;
  });
  return [...lines, `vars currentEpoch ${nodes.length} lastVoteEpoch 0`, ''].join('\n');
}

function firstSlot(master: number): number {
  return Math.floor((master * SLOTS) / MASTERS);
}

function flags(folder: string, { port, bus }: Omit<NodeAddress, 'id'>): string[] {
  const cluster = {
    'cluster-enabled': 'yes',
    'cluster-port': bus,
    'cluster-config-file': `${port}.conf`,
    'cluster-node-timeout': NODE_TIMEOUT_MS,
    'repl-diskless-sync-delay': 0,
    dir: folder,
  };
  return Object.entries(cluster).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

async function isWhole(node: OwnRedis): Promise<boolean> {
  const info = String(await node.run((redis) => redis.call('CLUSTER', 'INFO')));
  if (!info.includes('cluster_state:ok')) return false;
  const replication = await node.run((redis) => redis.info('replication'));
  return replication.includes('role:master') || replication.includes('master_link_status:up');
}

async function rangesOf(node: OwnRedis): Promise<SlotRange[]> {
  return slotRangesOf(await node.run((redis) => redis.cluster('SLOTS')));
}

async function idOf(node: OwnRedis): Promise<string> {
  return String(await node.run((redis) => redis.call('CLUSTER', 'MYID')));
}
