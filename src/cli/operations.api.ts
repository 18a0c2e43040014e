import type { OperationDto } from '../http/operations/dto/operation.dto.js';
import { isOperationId } from '../http/operations/operation.id.js';
import { accessOf, type AccessValues } from './gateway.access.js';
import { GatewayClient } from './gateway.client.js';
import { CommandError, type Terminal, UsageError } from './terminal.js';

export const OPERATIONS_PATH = '/v1/operations';

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

/** Checks what the commands rely on; a newer gateway may have further fields, states and kinds. */
export function operationIn(answer: unknown): OperationDto {
  const { id, state, evidence } = (answer ?? {}) as Partial<OperationDto>;
  if (typeof id === 'string' && typeof state === 'string' && Array.isArray(evidence)) {
    return answer as OperationDto;
  }
  throw new CommandError('The gateway answered something that is no operation.');
}
