import type { GatewayClient } from '../gateway/gateway.client.js';
import { GatewayProblem } from '../gateway/gateway.problem.js';
import { CommandError, type Terminal } from '../terminal.js';

const LACKS_SCOPE = 'This key lacks the scope operations:resolve: it sees only its own operations.';

const NOT_KNOWN =
  'A key without operations:resolve sees only its own operations; whether this one has it could not be checked.';

/** Never given to an operation: its time is 1970. */
const NO_OPERATION = '00000000-0000-7000-8000-000000000000';

/** Nothing was found that this key may see; the message names the id. */
export class NotVisibleError extends CommandError {}

/** Prints why this key may see less than there is. Nothing for a key that sees every operation of its tenants. */
export async function warnOfOwnOnly(client: GatewayClient, terminal: Terminal): Promise<void> {
  const reason = reasonOf(await refusalOfProbe(client));
  if (reason !== undefined) terminal.err(`${reason}\n`);
}

/**
 * Adds the same to the error that an operation does not exist; returns all other errors as they are.
 * @param decides the command needs operations:resolve: without it, the refusal of the gateway replaces the error
 */
export async function withWhyOwnOnly(
  client: GatewayClient,
  error: unknown,
  decides: boolean,
): Promise<unknown> {
  const isAbsent = error instanceof GatewayProblem && error.slug === 'operation-not-found';
  if (!isAbsent && !(error instanceof NotVisibleError)) return error;
  const refusal = await refusalOfProbe(client);
  if (decides && isForbidden(refusal)) return refusal;
  const reason = reasonOf(refusal);
  return reason === undefined ? error : new CommandError(`${error.message}\n${reason}`, { cause: error });
}

/** The gateway checks the scope before it searches the operation, so that nothing is probed. */
async function refusalOfProbe(client: GatewayClient): Promise<CommandError | undefined> {
  try {
    await client.post(`/v1/operations/${NO_OPERATION}/probe`);
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}

function reasonOf(refusal: CommandError | undefined): string | undefined {
  if (refusal instanceof GatewayProblem && refusal.slug === 'operation-not-found') return undefined;
  return isForbidden(refusal) ? LACKS_SCOPE : NOT_KNOWN;
}

function isForbidden(refusal: CommandError | undefined): boolean {
  return refusal instanceof GatewayProblem && refusal.slug === 'forbidden';
}
