import type { OperationDto } from '../http/operations/dto/operation.dto.js';
import { isOperationId } from '../ledger/operation.id.js';
import { accessOf, type AccessValues } from './gateway.access.js';
import { type GatewayResponse, GatewayClient, NoResponseError } from './gateway.client.js';
import { CommandError, type Terminal, UsageError } from './terminal.js';

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

/** Id of the one operation of a command, given as id or as path, as in `operation` of a problem. */
export function operationIdOf(positionals: readonly string[], command: string): string {
  const [named, ...others] = positionals;
  if (named === undefined || others.length > 0) throw new UsageError(`${command} takes one ID.`);
  const id = named.startsWith(`${OPERATIONS_PATH}/`) ? named.slice(OPERATIONS_PATH.length + 1) : named;
  if (isOperationId(id)) return id;
  throw new UsageError(
    `${command} takes the ID of an operation, for example 019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f.`,
  );
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
