import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { ID_PREFIX_LENGTH_MIN, isIdPrefix, isOperationId } from '../../ledger/operation.id.js';
import { accessOf, type AccessValues } from '../gateway/gateway.access.js';
import {
  type GatewayResponse,
  GatewayClient,
  NoResponseError,
  type Query,
} from '../gateway/gateway.client.js';
import { OWN_ONLY } from '../gateway/gateway.problem.js';
import { CommandError, type Terminal, UsageError } from '../terminal.js';

export const OPERATIONS_PATH = '/v1/operations';

/** An operation and its version. */
export interface ReadOperation {
  readonly operation: OperationDto;
  readonly tag: string | undefined;
}

/** The decision of a person. */
export interface PersonsDecision {
  readonly decision: 'executed' | 'not_executed';
  readonly reason: string;
  readonly evidence?: string;
  readonly migrationId?: string;
}

/** Runs `work` with a client for the gateway given by the flags. */
export async function withGateway<T>(
  values: AccessValues,
  terminal: Terminal,
  work: (client: GatewayClient) => Promise<T>,
): Promise<T> {
  const client = new GatewayClient(accessOf(values, terminal));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

export const ID_HELP =
  'id of the operation, its first characters if they are unique, or its path as in a problem';

/** As many as are named when the beginning of an id is not unique. */
const CANDIDATES = 5;

/** Checks an id, its beginning, or a path, as in `operation` of a problem. @throws UsageError */
export function checkedId(given: string): string {
  const bare = given.startsWith(`${OPERATIONS_PATH}/`) ? given.slice(OPERATIONS_PATH.length + 1) : given;
  const id = bare.toLowerCase();
  if (isIdPrefix(id)) return id;
  throw new UsageError(
    `the id of an operation is like 019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f, or its first ${ID_PREFIX_LENGTH_MIN} ` +
      'characters and more.',
  );
}

/**
 * The whole id. Without a call for a whole one.
 * @param id from `checkedId`
 * @throws CommandError if no operation or more than one begins with it
 */
export async function wholeIdOf(client: GatewayClient, id: string): Promise<string> {
  if (isOperationId(id)) return id;
  const { items } = await pageOf(client, { idPrefix: id, limit: String(CANDIDATES + 1) });
  const [only, second] = items;
  if (!only)
    throw new CommandError(`No operation visible to this key has an id that begins with ${id}. ${OWN_ONLY}`);
  if (!second) return only.id;
  const named = items.slice(0, CANDIDATES).map((each) => `  ${each.id}  ${each.kind}\n`);
  throw new CommandError(
    `Several operations have ids that begin with ${id}: type more of it.\n${named.join('').trimEnd()}` +
      (items.length > CANDIDATES ? '\n  …' : ''),
  );
}

export interface OperationsPage {
  readonly items: readonly OperationDto[];
  readonly nextCursor: string | null;
}

/** @throws GatewayProblem, NoResponseError, CommandError */
export async function pageOf(client: GatewayClient, query: Query): Promise<OperationsPage> {
  const { items, nextCursor } = (await client.get(OPERATIONS_PATH, query)).body as Partial<OperationsPage>;
  if (!Array.isArray(items))
    throw new CommandError('The response of the gateway is not a list of operations.');
  return { items: items.map(operationIn), nextCursor: nextCursor ?? null };
}

/** @throws GatewayProblem, NoResponseError, CommandError */
export async function readOperation(client: GatewayClient, id: string): Promise<ReadOperation> {
  return readingOf(await client.get(`${OPERATIONS_PATH}/${id}`));
}

/** Probes the upstream. @throws GatewayProblem, NoResponseError, CommandError */
export async function probeOperationNow(client: GatewayClient, id: string): Promise<ReadOperation> {
  return readingOf(await client.post(`${OPERATIONS_PATH}/${id}/probe`));
}

/**
 * @param tag the expected version
 * @throws GatewayProblem, CommandError, NoResponseError: the decision may or may not be recorded
 */
export async function decideOperation(
  client: GatewayClient,
  id: string,
  decision: PersonsDecision,
  tag: string | undefined,
): Promise<OperationDto> {
  try {
    return operationIn((await client.post(`${OPERATIONS_PATH}/${id}/resolution`, decision, tag)).body);
  } catch (error) {
    if (!(error instanceof NoResponseError)) throw error;
    throw new NoResponseError(
      `${error.message}\nThe decision may or may not be recorded: run \`tollgate operations show ${id}\`. ` +
        'It is safe to decide again.',
    );
  }
}

/** Validates the members that commands use; a newer gateway may have more fields, states and kinds. */
export function operationIn(body: unknown): OperationDto {
  const { id, state, evidence } = (body ?? {}) as Partial<OperationDto>;
  if (typeof id === 'string' && typeof state === 'string' && Array.isArray(evidence)) {
    return body as OperationDto;
  }
  throw new CommandError('The response of the gateway is not an operation.');
}

function readingOf({ body, tag }: GatewayResponse): ReadOperation {
  return { operation: operationIn(body), tag };
}
