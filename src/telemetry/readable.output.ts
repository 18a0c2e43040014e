import pino, { type DestinationStream } from 'pino';

interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
  readonly context?: string;
  readonly [member: string]: unknown;
}

interface LeveledStream extends DestinationStream {
  lastLevel: number;
}

/** Of a request: the rest of its line is for machines. */
interface Request extends Line {
  readonly method: string;
  readonly route: string | null;
  readonly status: number;
  readonly ms: number;
  readonly caller?: string;
}

/** Renders the JSON lines of a log for a person who watches a terminal. */
export class ReadableOutput implements DestinationStream {
  /** As of `output`. */
  readonly [pino.symbols.needsMetadataGsym] = true;

  /** @param render of pino-pretty */
  constructor(
    private readonly output: LeveledStream,
    private readonly render: (line: object) => string,
  ) {}

  get lastLevel(): number {
    return this.output.lastLevel;
  }

  set lastLevel(level: number) {
    this.output.lastLevel = level;
  }

  write(line: string): void {
    this.output.write(this.render(forPeople(JSON.parse(line) as Line)));
  }
}

/** Loads pino-pretty, which only terminals need. Colours depend on the terminal and NO_COLOR. */
export async function readableOutput(output: LeveledStream): Promise<ReadableOutput> {
  const { default: pretty } = await import('pino-pretty');
  const options = { colorize: pretty.isColorSupported, translateTime: 'SYS:HH:MM:ss', singleLine: true };
  return new ReadableOutput(output, pretty.prettyFactory(options));
}

function forPeople(line: Line): object {
  const { context, ...members } = line;
  if (isRequest(line)) return sentenceOf(line);
  return context === undefined ? members : { ...members, msg: `${context}: ${line.msg ?? ''}` };
}

function isRequest(line: Line): line is Request {
  return line.msg === 'request' && typeof line['status'] === 'number' && typeof line['ms'] === 'number';
}

function sentenceOf({ level, time, method, route, status, ms, caller }: Request): object {
  const by = caller === undefined ? '' : ` (${caller})`;
  return { level, time, msg: `${method} ${route ?? 'no route'}: ${status} after ${ms} ms${by}` };
}
