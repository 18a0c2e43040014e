import type { OperationDto } from '../../http/operations/dto/operation.dto.js';

type Evidence = OperationDto['evidence'][number];

/** What the probes and the write path store as `seen`; other shapes are shown as JSON. */
interface Seen {
  readonly shows?: unknown;
  readonly because?: unknown;
  readonly seen?: unknown;
  readonly requestedBy?: unknown;
  readonly upstream?: unknown;
  readonly call?: unknown;
  readonly reason?: unknown;
  readonly ended?: unknown;
  readonly status?: unknown;
  readonly contradicts?: unknown;
}

const SHOWS: Readonly<Record<string, string>> = {
  executed: 'executed: the effect exists, was not there before, and nothing else caused it',
  seen: 'seen: the effect exists',
  absent: 'absent: the effect does not exist',
  undecided: 'undecided: nothing follows from it',
  noted: 'noted: for a person to compare',
};

/** One piece of evidence as a sentence, without its time. */
export function evidenceInWords({ by, asked, seen }: Evidence): string {
  const known = membersOf(seen);
  if (typeof known.shows === 'string') return probeInWords(asked, known);
  if (known.reason !== undefined) return `the call was lost: ${lossInWords(known)}`;
  if (typeof known.ended === 'string') return lateEndInWords(known);
  if (by === 'gateway' && typeof seen === 'string') return seen;
  return `${by}: ${valueInWords(seen)}`;
}

/** Any JSON value: `granted: true, subscription: false` */
export function valueInWords(value: unknown): string {
  if (value === null) return 'nothing';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    return value.length === 0 ? 'none' : `[${value.map(valueInWords).join('; ')}]`;
  }
  if (typeof value !== 'object') return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, member]) => `${name}: ${valueInWords(member)}`)
    .join(', ');
}

/** Why the operation is in its state, in some words for a line of the list. */
export function reasonInWords(operation: OperationDto): string {
  const { state, evidence, resolution, answer } = operation;
  if (resolution) return `${resolution.decision} by ${resolution.by}: ${resolution.reason}`;
  if (state === 'unknown') {
    const lost = evidence.findLast(({ by }) => by === 'gateway');
    if (!lost) return '-';
    const known = membersOf(lost.seen);
    return known.reason === undefined ? valueInWords(lost.seen) : lossInWords(known);
  }
  if (state === 'failed' && answer) return `refused with ${answer.status}`;
  return '-';
}

/** Seconds, minutes, hours or days, whichever gives at most two digits: `42s`, `17m`, `5h`, `12d`. */
export function ageInWords(from: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(from)) / 1_000));
  if (!Number.isFinite(seconds)) return '-';
  if (seconds < 100) return `${seconds}s`;
  if (seconds < 100 * 60) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

function probeInWords(asked: string, { shows, because, seen, requestedBy }: Seen): string {
  const requested = typeof requestedBy === 'string' ? `probe by ${requestedBy}` : 'probe';
  const why = typeof because === 'string' ? `; ${because}` : '';
  return `${requested}: ${asked} shows ${valueInWords(seen)}: ${SHOWS[String(shows)] ?? String(shows)}${why}`;
}

/** Codes of sockets that most losses have. */
const LOSSES: Readonly<Record<string, string>> = {
  ECONNRESET: 'the upstream reset the connection (ECONNRESET)',
  EPIPE: 'the upstream closed the connection (EPIPE)',
  UND_ERR_SOCKET: 'the upstream closed the connection (UND_ERR_SOCKET)',
};

function lossInWords({ upstream, call, reason }: Seen): string {
  const where = [upstream, call].filter((part) => typeof part === 'string').join(' ');
  const text = valueInWords(reason);
  const words = LOSSES[text] ?? text;
  return where === '' ? words : `${where}: ${words}`;
}

function lateEndInWords({ ended, status, contradicts }: Seen): string {
  const response = status === undefined ? '' : ` with status ${valueInWords(status)}`;
  const against = contradicts === undefined ? '' : ', which contradicts the decision';
  return `the attempt ended after the decision: ${String(ended)}${response}${against}`;
}

function membersOf(seen: unknown): Seen {
  return typeof seen === 'object' && seen !== null ? seen : {};
}
