import { Injectable, type LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';
import type { LogOutput } from './log.output.js';
import { describeError, reasonOf } from './logged.error.js';
import { requestContext } from './request.context.js';
import { secretFilter } from './masking/secret.filter.js';

/**
 * Contexts in which Nest logs every module and route, and that it has "successfully started" before it listens; logged at
 * debug level.
 */
const FRAMEWORK = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

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

/**
 * The logger of Nest and of our classes; the last parameter is the name of the class. A failure that is expected in operation
 * (a vendor, the database or a network that does not work) is logged as an object with its error as `cause`: the line has its
 * `reason`, and its stack at level `debug` only. An error logged as such, or as `err`, is a defect: its line has the stack.
 */
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
      this.pino[level]({ ...base, ...this.#explained(message) }, texts[0]);
    else this.pino[level]({ ...base, ...(texts.length > 0 ? { detail: texts } : {}) }, String(message));
  }

  #explained(fields: object): object {
    const { cause, ...others } = fields as { readonly cause?: unknown };
    if (cause === undefined) return others;
    const isDetailed = this.pino.isLevelEnabled('debug');
    return { ...others, reason: reasonOf(cause), ...(isDetailed ? { err: cause } : {}) };
  }
}
