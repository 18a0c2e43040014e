import { types } from 'node:util';
import type { Environment, LogLevel } from './config/environment/environment.js';
import { StartRefusedError } from './config/errors/start.refused.error.js';
import { listenAddressesOf, listenRefusal } from './listen.addresses.js';

/** Chains of our own errors have at most four causes. */
const CAUSES_MAX = 5;

/** Levels at which the stacks follow the line. */
const DETAILED: ReadonlySet<LogLevel | undefined> = new Set(['debug', 'trace'] as const);

/** One line for a start that failed; at debug level, with the stacks of the error and of its causes below. */
export function lineOfFailedStart(error: unknown, environment?: Environment): string {
  const line = reasonOf(error, environment).replaceAll(/\s*[\r\n]+\s*/g, ' ');
  return DETAILED.has(environment?.logLevel) ? [line, ...stacksOf(error)].join('\n') : line;
}

function reasonOf(error: unknown, environment?: Environment): string {
  if (error instanceof StartRefusedError) return error.message;
  const what = types.isNativeError(error) ? `${error.name}: ${error.message}` : String(error);
  const refusal = environment && refusalToListen(error, environment);
  return refusal?.message ?? `${what}. This is not expected; LOG_LEVEL=debug shows where it comes from`;
}

/** A port that was free when it was checked may have been taken in between. */
function refusalToListen(error: unknown, environment: Environment): StartRefusedError | undefined {
  const { syscall, port } = error as { syscall?: unknown; port?: unknown };
  if (syscall !== 'listen' && syscall !== 'bind') return undefined;
  const address = listenAddressesOf(environment).find((each) => each.port === port);
  return address && listenRefusal(error, address);
}

function stacksOf(error: unknown, depth = 0): string[] {
  if (!types.isNativeError(error) || depth > CAUSES_MAX) return [];
  return [error.stack ?? error.message, ...stacksOf(error.cause, depth + 1)];
}
