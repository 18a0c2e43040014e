import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../test/support/until.js';
import type { BenchWorld } from '../support/bench.world.js';

/** The server loads it into every session; it explains nothing before `explain`. */
export const EXPLAINING = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_format': 'json',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_nested_statements': 'on',
} as const;

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Node[];
}

interface Explained {
  readonly 'Query Text': string;
  readonly Plan: Node & { readonly 'Shared Hit Blocks': number; readonly 'Shared Read Blocks': number };
}

/** How the server executed one statement. */
export interface StatementPlan {
  readonly text: string;
  readonly ms: number;
  /** Rows and index entries of tables that were read, those included that no condition let through. */
  readonly rowsRead: number;
  /** Pages of 8 kB. */
  readonly pages: number;
  /** Tables that were read from the first row to the last. */
  readonly wholeTables: readonly string[];
}

/** What marks the end of what is to be explained. */
const LAST = 'select 1 as last_explained';

/** Every statement that any process sends while the work is done, as the server executed it. */
export async function explain(
  { folder, postgres }: BenchWorld,
  work: () => Promise<void>,
): Promise<StatementPlan[]> {
  const file = join(folder, 'postgres', 'postgres.log');
  const before = readFileSync(file).length;
  const log = () => readFileSync(file).subarray(before).toString();
  const explainAll = async (ms: number) => {
    await postgres.query(`alter system set auto_explain.log_min_duration = ${ms}`);
    await postgres.query('select pg_reload_conf()');
  };
  await explainAll(0);
  try {
    await work();
    await until('the last plan is in the log', async () => {
      await postgres.query(LAST);
      return log().includes(LAST);
    });
  } finally {
    await explainAll(-1);
  }
  return plansIn(log());
}

/** The lines of a plan begin with a tab, after one with the time. */
function plansIn(log: string): StatementPlan[] {
  return [...log.matchAll(/duration: ([\d.]+) ms {2}plan:\n((?:\t.*\n)+)/g)].map(([, ms, json = '']) => {
    const { 'Query Text': text, Plan: plan } = JSON.parse(json) as Explained;
    const nodes = nodesOf(plan).filter((node) => node['Relation Name'] !== undefined || isIndexRead(node));
    return {
      text: text.replaceAll(/\s+/g, ' ').trim(),
      ms: Number(ms),
      rowsRead: nodes.reduce((sum, node) => sum + rowsOf(node), 0),
      pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
      wholeTables: nodes
        .filter((node) => node['Node Type'] === 'Seq Scan')
        .flatMap((node) => node['Relation Name'] ?? []),
    };
  });
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

const isIndexRead = (node: Node): boolean => node['Node Type'] === 'Bitmap Index Scan';

function rowsOf(node: Node): number {
  const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return (node['Actual Rows'] + removed) * node['Actual Loops'];
}
