import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { ID_PREFIX_LENGTH_MIN, isIdPrefix, isOperationId } from '../../ledger/operation.id.js';
import { accessOf, type AccessValues } from '../gateway/gateway.access.js';
import {
  type GatewayResponse,
  GatewayClient,
  NoGatewayResponseError,
  type Query,
} from '../gateway/gateway.client.js';
import { GatewayProblem } from '../gateway/gateway.problem.js';
import { CommandError, type Terminal, UsageError } from '../terminal.js';
import { NotVisibleError, withWhyOwnOnly } from './operations.visible.js';

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

/**
 * Runs `work` with a client for the gateway given by the flags.
 * @param needed `decides`: the command needs operations:resolve, and the lack of it is its error
 */
export async function withGateway<T>(
  values: AccessValues,
  terminal: Terminal,
  work: (client: GatewayClient) => Promise<T>,
  needed: 'reads' | 'decides' = 'reads',
): Promise<T> {
  const client = new GatewayClient(accessOf(values, terminal));
  try {
    return await work(client);
  } catch (error) {
    throw await withWhyOwnOnly(client, error, needed === 'decides');
  } finally {
    await client.close();
  }
}

export const ID_HELP =
  'id of the operation, its first characters as "operations list" prints them, or its path as in a problem';

/** Another server may respond with JSON, too. */
export const WRONG_SERVER = 'check that --gateway is the address of a Tollgate gateway.';

/** As many as are named when the beginning of an id is not unique. */
const CANDIDATES = 5;

/** Checks an id, its beginning, or a path, as in `operation` of a problem. @throws UsageError */
export function checkedId(given: string): string {
  const bare = given.startsWith(`${OPERATIONS_PATH}/`) ? given.slice(OPERATIONS_PATH.length + 1) : given;
  const id = bare.toLowerCase();
  if (isIdPrefix(id)) return id;
  throw new UsageError(
    `the id of an operation is like 019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f, or its first characters as ` +
      `"operations list" prints them, at least ${ID_PREFIX_LENGTH_MIN}.`,
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
  if (!only) throw new NotVisibleError(`No operation visible to this key has an id that begins with ${id}.`);
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

/** @throws GatewayProblem, NoGatewayResponseError, CommandError */
export async function pageOf(client: GatewayClient, query: Query): Promise<OperationsPage> {
  const { items, nextCursor } = (await client.get(OPERATIONS_PATH, query)).body as Partial<OperationsPage>;
  if (!Array.isArray(items))
    throw new CommandError(`The response is not a list of operations: ${WRONG_SERVER}`);
  return { items: items.map(operationIn), nextCursor: nextCursor ?? null };
}

/** @throws GatewayProblem, NoGatewayResponseError, CommandError */
export async function readOperation(client: GatewayClient, id: string): Promise<ReadOperation> {
  return readingOf(await client.get(`${OPERATIONS_PATH}/${id}`));
}

/** Probes the upstream. @throws GatewayProblem, NoGatewayResponseError, CommandError */
export async function probeOperationNow(client: GatewayClient, id: string): Promise<ReadOperation> {
  return readingOf(await client.post(`${OPERATIONS_PATH}/${id}/probe`));
}

/**
 * @param tag the expected version
 * @throws GatewayProblem, CommandError, NoGatewayResponseError: the decision may or may not be recorded
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
    if (error instanceof GatewayProblem && error.slug === 'operation-changed') await refuseFinal(client, id);
    if (!(error instanceof NoGatewayResponseError)) throw error;
    throw new NoGatewayResponseError(
      `${error.message}\nThe decision may or may not be recorded: run \`tollgate operations show ${id}\`. ` +
        'It is safe to decide again.',
    );
  }
}

/**
 * What changed may be that it has an outcome now, which is final: the problem of a probe of such an operation names it.
 * @throws GatewayProblem operation-already-decided
 */
async function refuseFinal(client: GatewayClient, id: string): Promise<void> {
  const { state } = (await readOperation(client, id)).operation;
  if (state === 'succeeded' || state === 'failed') await probeOperationNow(client, id);
}

/** Validates the members that commands use; a newer gateway may have more fields, states and kinds. */
export function operationIn(body: unknown): OperationDto {
  const { id, state, evidence } = (body ?? {}) as Partial<OperationDto>;
  if (typeof id === 'string' && typeof state === 'string' && Array.isArray(evidence)) {
    return body as OperationDto;
  }
  throw new CommandError(`The response is not an operation: ${WRONG_SERVER}`);
}

function readingOf({ body, tag }: GatewayResponse): ReadOperation {
  return { operation: operationIn(body), tag };
}
