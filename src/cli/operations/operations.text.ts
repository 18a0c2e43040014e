import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { printable, printableJson } from '../terminal.js';
import { ageInWords, evidenceInWords, valueInWords } from './operations.words.js';

/** One operation in full, one line per member; `tag` is its version. */
export function operationText(operation: OperationDto, nowMs: number, tag?: string): string {
  const { id, tenant, state, outcome, kind, caller, requestId, request, answer } = operation;
  const lines: (readonly [string, string])[] = [
    ['Operation', id],
    ...(tag === undefined ? [] : [['Version', bareTag(tag)] as const]),
    ['State', outcome === null ? state : `${state} (outcome: ${outcome})`],
    ...waitingLines(operation),
    ['Next', nextOf(operation, nowMs)],
    ['Kind', kind],
    ['About', aboutOf(operation)],
    ...(tenant ? [['Tenant', tenant] as const] : []),
    ['Caller', caller],
    ['Request id', requestId ?? 'none'],
    ['Created', operation.createdAt],
    ['Sent', sentOf(operation)],
    endLine(operation, nowMs),
    ...(operation.gateway ? [['Gateway', gatewayOf(operation)] as const] : []),
    ['Response', answer ? `status ${answer.status} is stored for its key` : 'none is stored'],
    ['Request', printableJson(request)],
    ['Snapshot', snapshotOf(operation)],
    ...evidenceLines(operation),
    ['Resolution', resolutionOf(operation)],
    ...(operation.contradictedAt ? [['Contradicted', contradictionOf(operation)] as const] : []),
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines.map(([label, text]) => `${label.padEnd(width)}  ${printable(text)}\n`).join('');
}

/** What the gateway will do about it, and when. */
function nextOf(operation: OperationDto, nowMs: number): string {
  const { state, awaits, nextProbeAt, outcome, answer } = operation;
  if (state === 'running') return 'it ends with the response of the upstream, or when its lease ends';
  if (state === 'unknown') {
    if (nextProbeAt) return probeTimeOf(nextProbeAt, nowMs);
    return awaits === 'evidence'
      ? 'the gateway probes within some seconds'
      : 'nothing: a person decides; a late response of the upstream would still end it';
  }
  if (outcome === 'not_executed' && (state === 'released' || !answer)) {
    return 'nothing: a repeat of its key runs it again';
  }
  return answer
    ? `nothing: a repeat of its key returns ${answer.status}`
    : 'nothing: a repeat of its key returns answer-lost';
}

function probeTimeOf(nextProbeAt: string, nowMs: number): string {
  const inMs = Date.parse(nextProbeAt) - nowMs;
  if (inMs <= 0) return `a probe of the gateway is due or running, since ${nextProbeAt}`;
  return `the gateway probes again in ${ageInWords(new Date(nowMs).toISOString(), nowMs + inMs)}, at ${nextProbeAt}`;
}

function gatewayOf({ gateway, state }: OperationDto): string {
  return `${gateway ?? ''} ${state === 'running' ? 'runs it' : 'ran it'} (host/process)`;
}

/** For standard error: next steps for an unknown operation; empty for all others. */
export function nextStepsOf(operation: OperationDto, tag?: string): string {
  const { id, state, kind } = operation;
  if (state !== 'unknown') return '';
  const named = kind === 'migration_create' ? ' [--migration-id ID]' : '';
  const version = tag === undefined ? '' : ` --if-match ${bareTag(tag)}`;
  return (
    `\n${adviceOf(operation)} See docs/operations.md for what to compare for ${kind}.\n` +
    probeStepOf(operation) +
    `  tollgate operations resolve ${id} --decision executed|not_executed --reason TEXT${named}${version}\n`
  );
}

/** None where nothing can be read back. */
function probeStepOf({ id, kind, awaits, recommendation }: OperationDto): string {
  if (kind === 'token_import') return '';
  const purpose = awaits === 'person' && !recommendation ? '  # only records what there is to compare' : '';
  return `  tollgate operations probe ${id}${purpose}\n`;
}

function adviceOf({ awaits, recommendation }: OperationDto): string {
  if (recommendation) return `The evidence suggests ${recommendation}, without proving it.`;
  if (awaits === 'person') return 'No probe can decide it: compare manually.';
  return 'The evidence suggests no outcome yet, and the gateway continues to probe: wait.';
}

/** Without quotes, as `--if-match` accepts it. */
function bareTag(tag: string): string {
  return tag.replace(/^"(.*)"$/, '$1');
}

/** As docs/operations.md documents in section 1. */
const NOTHING_YET =
  'nothing yet: executed may follow from any probe, not_executed 3 to 15 minutes after Unknown since';

/** An operation of an older gateway has none of these fields. */
function waitingLines({ state, awaits, recommendation }: OperationDto): (readonly [string, string])[] {
  if (state !== 'unknown' || !awaits) return [];
  return [
    ['Awaits', awaits],
    ['Recommends', recommendation ?? (awaits === 'evidence' ? NOTHING_YET : 'nothing')],
  ];
}

function sentOf({ sentAt, attempts, resolution, state }: OperationDto): string {
  if (resolution?.basis === 'already_so') return 'nothing was sent: the requested state existed already';
  const attempt = attempts > 1 ? `, attempt ${attempts}` : '';
  return state === 'running' ? `${sentAt}, or about to be${attempt}` : `${sentAt}${attempt}`;
}

function endLine({ state, finishedAt }: OperationDto, nowMs: number): readonly [string, string] {
  if (state === 'unknown') {
    return ['Unknown since', finishedAt ? `${finishedAt} (${ageInWords(finishedAt, nowMs)})` : 'not known'];
  }
  return ['Finished', finishedAt ?? 'not yet'];
}

function snapshotOf({ snapshot }: OperationDto): string {
  if (!snapshot) return 'none was read before the call';
  const { at, asked, seen } = snapshot;
  return `${at}: ${asked} showed ${valueInWords(seen)}`;
}

/** The same sentence several times in a row is one line. */
function evidenceLines({ evidence }: OperationDto): (readonly [string, string])[] {
  if (evidence.length === 0) return [['Evidence', 'none']];
  const folded: { text: string; at: string; times: number; last: string }[] = [];
  for (const each of evidence) {
    const text = evidenceInWords(each);
    const before = folded.at(-1);
    if (before?.text === text) {
      before.times += 1;
      before.last = each.at;
    } else folded.push({ text, at: each.at, times: 1, last: each.at });
  }
  return folded.map(({ text, at, times, last }, index) => [
    index === 0 ? 'Evidence' : '',
    `${at} ${text}${times === 1 ? '' : ` (${times} times, last at ${last})`}`,
  ]);
}

function resolutionOf({ resolution }: OperationDto): string {
  if (!resolution) return 'none';
  const { decision, basis, by, at, reason } = resolution;
  if (basis === 'evidence') return `${decision}, decided by the gateway from evidence at ${at}: ${reason}`;
  if (basis === 'already_so') return `${decision}, the requested state existed before, at ${at}: ${reason}`;
  return `${decision}, decided by ${by} (${basis}) at ${at}: ${reason}`;
}

function contradictionOf({ contradictedAt }: OperationDto): string {
  return `at ${contradictedAt ?? ''} a late response contradicted the decision: it was executed`;
}

export function aboutOf(operation: OperationDto): string {
  const { userId, productId, voucherGroupId, migrationId, destinationUsername } = operation;
  const parts = Object.entries({
    user: userId,
    product: productId,
    group: voucherGroupId,
    migration: migrationId,
    destination: destinationUsername,
  }).flatMap(([name, value]) => ((value ?? null) === null ? [] : [`${name} ${value}`]));
  return parts.length === 0 ? '-' : parts.join(', ');
}
