import type { OperationDto } from '../http/operations/dto/operation.dto.js';
import { isOperationId } from '../http/operations/operation.id.js';
import { accessOf, type AccessValues } from './gateway.access.js';
import { type Answer, GatewayClient, NoAnswerError } from './gateway.client.js';
import { CommandError, type Terminal, UsageError } from './terminal.js';

export const OPERATIONS_PATH = '/v1/operations';

/** An operation as it was read, and the version that was read. */
export interface ReadOperation {
  readonly operation: OperationDto;
  readonly tag: string | undefined;
}

/** What a person found out. */
export interface PersonsDecision {
  readonly decision: 'executed' | 'not_executed';
  readonly reason: string;
  readonly evidence?: string;
  readonly migrationId?: string;
}

/** Runs `work` with a client of the gateway that the flags name. */
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

/** The one operation a command is about: its id, or its path as a problem shows it. */
export function operationIdOf(positionals: readonly string[], command: string): string {
  const [named, ...others] = positionals;
  if (named === undefined || others.length > 0) throw new UsageError(`${command} takes one ID.`);
  const id = named.startsWith(`${OPERATIONS_PATH}/`) ? named.slice(OPERATIONS_PATH.length + 1) : named;
  if (isOperationId(id)) return id;
  throw new UsageError(
    `${command} takes the ID of an operation, for example 019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f.`,
  );
}

/** @throws GatewayProblem, NoAnswerError, CommandError */
export async function readOperation(client: GatewayClient, id: string): Promise<ReadOperation> {
  return readingOf(await client.get(`${OPERATIONS_PATH}/${id}`));
}

/** Has the upstream read now. @throws GatewayProblem, NoAnswerError, CommandError */
export async function probeOperationNow(client: GatewayClient, id: string): Promise<ReadOperation> {
  return readingOf(await client.post(`${OPERATIONS_PATH}/${id}/probe`));
}

/**
 * @param tag the version that the decision is about
 * @throws GatewayProblem, NoAnswerError when it may or may not be recorded, CommandError
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
    if (!(error instanceof NoAnswerError)) throw error;
    throw new NoAnswerError(
      `${error.message}\nThe decision may or may not be recorded: run \`tollgate operations show ${id}\`. ` +
        'Deciding again does no harm.',
    );
  }
}

/** Checks what the commands rely on; a newer gateway may have further fields, states and kinds. */
export function operationIn(body: unknown): OperationDto {
  const { id, state, evidence } = (body ?? {}) as Partial<OperationDto>;
  if (typeof id === 'string' && typeof state === 'string' && Array.isArray(evidence)) {
    return body as OperationDto;
  }
  throw new CommandError('The gateway answered something that is no operation.');
}

function readingOf({ body, tag }: Answer): ReadOperation {
  return { operation: operationIn(body), tag };
}
