import pino, { type Logger } from 'pino';
import { TimestampText } from '../config/timestamp.text.js';
import { secretFilter } from './masking/secret.filter.js';

/** The content of the log line of one request. */
export interface RequestLine {
  readonly requestId: string;
  readonly traceId: string | undefined;
  readonly caller: string | undefined;
  readonly tenant: string | undefined;
  readonly method: string;
  readonly route: string | null;
  readonly status: number;
  readonly ms: number;
  readonly upstreamCalls: number;
  /** Of a refused credential, or that nobody read the response. */
  readonly reason?: string | undefined;
}

interface Stream {
  write(line: string): void;
  lastLevel?: number;
}

const LEVEL = 'info';

/**
 * Writes one line per request, in the form and to the stream of the logger and through the secret filter, but composed by
 * hand: the logger takes three times as long, for members that could be any.
 */
export class RequestLines {
  readonly #stream: Stream;
  readonly #time = new TimestampText();

  constructor(private readonly logger: Logger) {
    this.#stream = (logger as unknown as Record<symbol, Stream>)[pino.symbols.streamSym]!;
  }

  write({
    requestId,
    traceId,
    caller,
    tenant,
    method,
    route,
    status,
    ms,
    upstreamCalls,
    reason,
  }: RequestLine): void {
    if (!this.logger.isLevelEnabled(LEVEL)) return;
    const line =
      `{"level":"${LEVEL}","time":"${this.#time.of(Date.now())}","requestId":${JSON.stringify(requestId)}` +
      `${member('traceId', traceId)}${member('caller', caller)}${member('tenant', tenant)}` +
      `,"method":${JSON.stringify(method)},"route":${JSON.stringify(route)},"status":${status},"ms":${ms}` +
      `,"upstreamCalls":${upstreamCalls}${member('reason', reason)},"msg":"request"}\n`;
    // As the logger does for streams that read the level of a line.
    if (this.#stream.lastLevel !== undefined) this.#stream.lastLevel = pino.levels.values[LEVEL]!;
    this.#stream.write(secretFilter.text('log', line));
  }
}

function member(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}
