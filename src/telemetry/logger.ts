import { Injectable, type LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';
import type { LogOutput } from './log.output.js';
import { requestContext } from './request.context.js';
import { secretFilter } from './secret.filter.js';

/** Nested causes in a log line; chains of our own errors have at most four. */
const CAUSES_MAX = 5;

/** Contexts in which Nest logs every module and route; logged at debug level. */
const FRAMEWORK = new Set<unknown>(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/**
 * Writes JSON lines to standard output. Of an error, only name, message, code, stack and causes. The secret filter is applied
 * to the final line, so that no serializer and no caller can bypass it.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
    mixin: contextOfLine,
    hooks: { streamWrite: (line: string) => secretFilter.text('log', line) },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Adds the ids of the current request to a log line. */
function contextOfLine(): Record<string, unknown> {
  const context = requestContext.getStore();
  return context
    ? { requestId: context.requestId, ...(context.traceId ? { traceId: context.traceId } : {}) }
    : {};
}

function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return '[not an error]';
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    stack,
    ...(cause !== undefined && depth < CAUSES_MAX ? { cause: describeError(cause, depth + 1) } : {}),
  };
}

/** The logger of Nest and of our classes; the last parameter is the name of the class. */
@Injectable()
export class GatewayLogger implements LoggerService {
  /** @param output where the lines go, unless it drops none */
  constructor(
    readonly pino: Logger,
    private readonly output?: LogOutput,
  ) {}

  /** Lines that were not written, because what reads them was too far behind or is gone. */
  get droppedLines(): number {
    return this.output?.dropped ?? 0;
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#write(FRAMEWORK.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  #write(
    level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    message: unknown,
    rest: unknown[],
  ): void {
    const context = rest.at(-1);
    const texts = rest.slice(0, -1).filter((each) => typeof each === 'string');
    const base = typeof context === 'string' ? { context } : {};
    if (message instanceof Error) this.pino[level]({ ...base, err: message }, message.message);
    else if (typeof message === 'object' && message !== null)
      this.pino[level]({ ...base, ...message }, texts[0]);
    else this.pino[level]({ ...base, ...(texts.length > 0 ? { detail: texts } : {}) }, String(message));
  }
}
