import { Injectable, type LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';
import { requestContext } from './request.context.js';
import { secretFilter } from './secret.filter.js';

/** Causes followed in a log line at most; a chain of our own is at most four long. */
const CAUSES_MAX = 5;

/** Nest tells of every module and route it finds; of use only to whoever debugs the wiring. */
const FRAMEWORK = new Set<unknown>(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/**
 * JSON lines on standard output. Of an error only its name, text, stack and causes are written, nothing it carries.
 * Each line passes the secret filter as it is written, so that no serializer and no caller can get around it.
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

/** Ties every line that is written during a request to that request. */
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

/** What Nest and our classes log through; the last parameter is the name of the class. */
@Injectable()
export class GatewayLogger implements LoggerService {
  constructor(readonly pino: Logger) {}

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
