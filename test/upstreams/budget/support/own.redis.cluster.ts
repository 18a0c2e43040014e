import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SlotRange, slotOf, slotRangesOf } from '../../../../src/store/state/cluster.slots.js';
import type { TestAuthority } from '../../../support/network/certificates.js';
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
    /** Of the masters, and of the replica. */
    readonly tlsUrls: readonly string[],
    private readonly folder: string,
  ) {}

  /** @param authority of the nodes' certificates: they speak TLS too, to each other and at `tlsUrls` */
  static async start(authority?: TestAuthority): Promise<OwnRedisCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-cluster-'));
    if (authority) await writeCertificates(folder, authority);
    const addresses: NodeAddress[] = [];
    for (let number = 1; number <= MASTERS + 1; number += 1) {
      const [port, bus] = [await freePort(), await freePort()];
      const tls = authority && (await freePort());
      addresses.push({ id: String(number).repeat(40), port, bus, tls });
    }
    await Promise.all(
      addresses.map(({ port }, at) => writeFile(join(folder, `${port}.conf`), configOf(addresses, at))),
    );
    const nodes = await Promise.all(
      addresses.map((address) => OwnRedis.start(address.port, flags(folder, address))),
    );
    const [replica, ...masters] = nodes.toReversed() as [OwnRedis, ...OwnRedis[]];
    for (const node of nodes) await until('the cluster is whole', () => isWhole(node));
    const tlsUrls = addresses.map(({ tls }) => `rediss://127.0.0.1:${tls}`);
    return new OwnRedisCluster(masters.toReversed(), replica, tlsUrls, folder);
  }

  /** The master whose slots have the key, by what it reports itself. */
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

  /** A master that comes back finds another in its place. */
  async untilReplica(node: OwnRedis): Promise<void> {
    await until('it is a replica', async () => (await replicationOf(node)).includes('master_link_status:up'));
  }

  async makeMaster(node: OwnRedis): Promise<void> {
    await node.run((redis) => redis.call('CLUSTER', 'FAILOVER'));
    await until('it is a master', async () => (await replicationOf(node)).includes('role:master'));
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
  readonly tls: number | undefined;
}

/** What a node would have saved after it joined, so that nothing has to be agreed on. */
function configOf(nodes: readonly NodeAddress[], own: number): string {
  const lines = nodes.map(({ id, port, bus, tls = port }, at) => {
    const role = at < MASTERS ? 'master -' : `slave ${nodes[0]!.id}`;
    const slots = at < MASTERS ? ` ${firstSlot(at)}-${firstSlot(at + 1) - 1}` : '';
    const myself = at === own ? 'myself,' : '';
    return `${id} 127.0.0.1:${tls}@${bus} ${myself}${role} 0 0 ${at + 1} connected${slots}`;
  });
  return [...lines, `vars currentEpoch ${nodes.length} lastVoteEpoch 0`, ''].join('\n');
}

function firstSlot(master: number): number {
  return Math.floor((master * SLOTS) / MASTERS);
}

function flags(folder: string, { port, bus, tls }: NodeAddress): string[] {
  const cluster = {
    'cluster-enabled': 'yes',
    'cluster-port': bus,
    'cluster-config-file': `${port}.conf`,
    'cluster-node-timeout': NODE_TIMEOUT_MS,
    'repl-diskless-sync-delay': 0,
    dir: folder,
    ...(tls && tlsFlags(tls)),
  };
  return Object.entries(cluster).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function tlsFlags(port: number): Record<string, string | number> {
  return {
    'tls-port': port,
    'tls-cluster': 'yes',
    'tls-replication': 'yes',
    'tls-auth-clients': 'no',
    'tls-ca-cert-file': 'ca.pem',
    'tls-cert-file': 'cert.pem',
    'tls-key-file': 'key.pem',
  };
}

async function writeCertificates(folder: string, authority: TestAuthority): Promise<void> {
  const { key, cert } = authority.issue('127.0.0.1');
  const files = { 'ca.pem': authority.certificate, 'cert.pem': cert, 'key.pem': key };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
}

async function isWhole(node: OwnRedis): Promise<boolean> {
  const info = String(await node.run((redis) => redis.call('CLUSTER', 'INFO')));
  if (!info.includes('cluster_state:ok')) return false;
  const replication = await replicationOf(node);
  return replication.includes('role:master') || replication.includes('master_link_status:up');
}

function replicationOf(node: OwnRedis): Promise<string> {
  return node.run((redis) => redis.info('replication'));
}

async function rangesOf(node: OwnRedis): Promise<SlotRange[]> {
  return slotRangesOf(await node.run((redis) => redis.cluster('SLOTS')));
}

async function idOf(node: OwnRedis): Promise<string> {
  return String(await node.run((redis) => redis.call('CLUSTER', 'MYID')));
}
