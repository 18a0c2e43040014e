import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import type { GatewayClient, Query } from '../gateway/gateway.client.js';
import { CommandError, printable } from '../terminal.js';
import { pageOf, type PersonsDecision, readOperation } from './operations.api.js';
import type { ResolveValues } from './operations.resolve.values.js';
import { ageInWords } from './operations.words.js';

/** Most unknown outcomes end by themselves within this time, as docs/operations.md documents. */
const SETTLED_AFTER_MINUTES = 15;

/** The warning before decisions about operations that may still end by themselves; undefined if none may. */
export function warningOfYoung(
  unknownSince: readonly (string | undefined)[],
  nowMs: number,
): string | undefined {
  const times = unknownSince.map((time) => Date.parse(time ?? ''));
  const young = times.filter((time) => nowMs - time < SETTLED_AFTER_MINUTES * 60_000);
  if (young.length === 0) return undefined;
  const latest = ageInWords(new Date(Math.max(...young)).toISOString(), nowMs);
  return (
    `Warning: ${young.length} of ${times.length} became unknown less than ${SETTLED_AFTER_MINUTES} minutes ago, the ` +
    `latest ${latest} ago. Most end by themselves, and a late call may still be executed: see docs/operations.md.`
  );
}

/** Since when operations are unknown; undefined for those that are not, or cannot be read now. */
export async function unknownSinceOf(
  client: GatewayClient,
  ids: readonly string[],
): Promise<readonly (string | undefined)[]> {
  const times: (string | undefined)[] = [];
  for (const id of ids) times.push(await unknownSince(client, id));
  return times;
}

async function unknownSince(client: GatewayClient, id: string): Promise<string | undefined> {
  try {
    const { state, finishedAt } = (await readOperation(client, id)).operation;
    return state === 'unknown' ? (finishedAt ?? undefined) : undefined;
  } catch (error) {
    // The decision reports it.
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** Ten pages: more are an incident that is not over. */
const WAITING_MAX = 1_000;

/** Reads for the time of the next probe, which lists do not have; the oldest are probed the least often. */
const PROBE_TIMES_MAX = 10;

/** What matches and has no recommendation; undefined if there is nothing. */
export async function waitingWithout(
  client: GatewayClient,
  query: Query,
  nowMs: number,
): Promise<string | undefined> {
  const waiting: OperationDto[] = [];
  let cursor: string | undefined;
  do {
    const page = await pageOf(client, { ...query, state: 'unknown', limit: '100', cursor });
    waiting.push(...page.items.filter(({ recommendation }) => !recommendation));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && waiting.length < WAITING_MAX);
  if (waiting.length === 0) return undefined;
  const evidence = waiting.filter(({ awaits }) => awaits === 'evidence');
  const persons = waiting.length - evidence.length;
  const parts = [
    ...(evidence.length === 0
      ? []
      : [`${evidence.length} wait for evidence${await nextProbeOf(client, evidence, nowMs)}`]),
    ...(persons === 0 ? [] : [`${persons} wait for a person: compare them`]),
  ];
  return `${waiting.length}${cursor === undefined ? '' : ' or more'} that match have no recommendation: ${parts.join(', ')}.`;
}

async function nextProbeOf(
  client: GatewayClient,
  waiting: readonly OperationDto[],
  nowMs: number,
): Promise<string> {
  const times: string[] = [];
  for (const { id } of waiting.slice(0, PROBE_TIMES_MAX)) {
    const { nextProbeAt } = (await readOperation(client, id)).operation;
    if (nextProbeAt) times.push(nextProbeAt);
  }
  const [first] = times.toSorted();
  if (first === undefined) return '';
  const inMs = Date.parse(first) - nowMs;
  return inMs <= 0
    ? ' (a probe is due)'
    : ` (next probe in ${ageInWords(new Date(0).toISOString(), inMs)}, at ${first})`;
}

/** A command to paste, with the flags of `values` that lead to the gateway, and its reason. */
export function resolveCommandOf(
  ids: readonly string[],
  decision: PersonsDecision['decision'],
  values: ResolveValues,
): string {
  const { asRecommended, reason, evidence, gateway, keyFile, tenant, allowPlainHttp } = values;
  const texts = { reason, evidence, gateway, 'key-file': keyFile, tenant };
  const flags = [
    ...(asRecommended === true ? ['--as-recommended'] : []),
    `--decision ${decision}`,
    ...Object.entries(texts).flatMap(([name, text]) =>
      text === undefined ? [] : [`--${name} ${quoted(text)}`],
    ),
    ...(allowPlainHttp === true ? ['--allow-plain-http'] : []),
  ];
  return `  tollgate operations resolve ${flags.join(' ')} ${ids.join(' ')}\n`;
}

/** For POSIX shells. Text that cannot be printed as it is has to be typed again. */
function quoted(text: string): string {
  return printable(text) === text ? `'${text.replaceAll("'", String.raw`'\''`)}'` : 'TEXT';
}
