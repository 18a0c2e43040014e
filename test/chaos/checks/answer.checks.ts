import { isDeepStrictEqual } from 'node:util';
import type { ClientAnswer } from '../client.js';
import type { Case, Check, Violation } from './findings.js';
import { shownRows } from './ledger.checks.js';

/** Responses about one write must be right, stay right, and agree. */
export const ANSWER_CHECKS: readonly Check[] = [
  lostSuccesses,
  untrueDenials,
  denialsThatTurned,
  denialsAfterEffect,
  contradictions,
  forgotten,
  unexpected,
];

/** Told executed: there is an effect, or it was so already. */
function lostSuccesses({ answers, effects, rows, isMisled }: Case): Violation[] {
  const told = answers.find(isSuccess);
  if (!told || effects.length > 0 || isMisled || rows.some(({ basis }) => basis === 'already_so')) return [];
  return rows.some(({ basis }) => basis === 'person')
    ? []
    : [{ kind: 'lost', what: `told ${told.status}, without effect: ${shownRows(rows)}` }];
}

/** Told not executed: the request has no effect, not then and not later. */
function untrueDenials({ answers, effects }: Case): Violation[] {
  return answers.filter(deniesThisRequest).flatMap((answer) => {
    const own = effects.find(({ requestId }) => requestId === answer.requestId);
    return own
      ? [
          {
            kind: 'guessed',
            what: `request ${answer.requestId} was told ${answer.problem}, and has effect ${own.seq}`,
          },
        ]
      : [];
  });
}

/** Told not executed: the operation of this request does not turn unknown or executed afterwards. */
function denialsThatTurned({ answers, rows }: Case): Violation[] {
  return answers.filter(deniesThisRequest).flatMap((answer) => {
    const row = rows.find(({ requestId }) => requestId === answer.requestId);
    if (!row || !/^(unknown|succeeded|sent)$/.test(row.state) || row.basis === 'already_so') return [];
    // A process that has ended could not write down any more that it sent nothing.
    if (row.state !== 'succeeded' && answer.gateway.hasEnded) return [];
    const what = `request ${answer.requestId} was told ${answer.problem}, and its operation is ${row.state}`;
    return [{ kind: 'guessed', what }];
  });
}

/** A denial of the key, once an effect of it is there. */
function denialsAfterEffect({ write, answers, effects, isMisled }: Case): Violation[] {
  if (write.key === null || isMisled) return [];
  return answers.filter(deniesExecution).flatMap((answer) => {
    // Another request of the same key may have had the effect meanwhile.
    if (answers.some((other) => other !== answer && overlap(other, answer))) return [];
    const before = effects.find(({ atMs }) => atMs < answer.startedAt);
    return before ? [{ kind: 'guessed', what: `told ${answer.problem}, after effect ${before.seq}` }] : [];
  });
}

/** Responses about one operation agree, unless a person had to decide its outcome. */
function contradictions({ write, answers, rows, isMisled }: Case): Violation[] {
  if (write.key === null || isMisled) return [];
  const found: Violation[] = [];
  const decided = rows.some(({ basis }) => basis === 'person' || basis === 'evidence');
  const [first, ...others] = answers.filter(isSuccess);
  if (first && !decided) {
    for (const other of others) {
      if (isDeepStrictEqual(essence(other), essence(first))) continue;
      const texts = [first, other].map((answer) => JSON.stringify(essence(answer)));
      found.push({ kind: 'contradiction', what: texts.join(' and ') });
    }
  }
  const executedAt = Math.min(...answers.filter(claimsExecution).map(({ endedAt }) => endedAt));
  const denial = answers.find((answer) => deniesExecution(answer) && answer.startedAt > executedAt);
  if (denial) found.push({ kind: 'contradiction', what: `executed, then ${denial.problem}` });
  return found;
}

/** The last repeat of each key got the response of its operation. */
function forgotten({ write, answers, earlier }: Case): Violation[] {
  const [row, ...others] = earlier.at(-1) ?? [];
  const last = answers.at(-1);
  if (write.key === null || !row || !last || others.length > 0) return [];
  if (row.basis === 'person' || row.basis === 'evidence') return [];
  const agrees =
    (row.state === 'succeeded' && isSuccess(last) && last.replayed) ||
    (row.state === 'failed' && last.outcome === 'not_executed' && last.replayed) ||
    // Evidence may have come meanwhile; a released key begins anew.
    row.state === 'unknown' ||
    row.state === 'released';
  if (agrees) return [];
  return [
    { kind: 'contradiction', what: `${row.state}, but asked again: ${last.status} ${last.problem ?? ''}` },
  ];
}

const EXPECTED: ReadonlySet<number> = new Set([0, 200, 201, 404, 409, 410, 422, 502, 503, 504]);

function unexpected({ answers }: Case): Violation[] {
  return answers
    .filter(({ status }) => !EXPECTED.has(status))
    .map(({ status, body }) => ({ kind: 'unexpected', what: `${status} ${JSON.stringify(body)}` }));
}

function isSuccess({ status }: ClientAnswer): boolean {
  return status === 200 || status === 201;
}

function claimsExecution(answer: ClientAnswer): boolean {
  return isSuccess(answer) || answer.outcome === 'executed';
}

/** A replay speaks of an earlier request. */
function deniesThisRequest({ outcome, replayed }: ClientAnswer): boolean {
  return outcome === 'not_executed' && !replayed;
}

/**
 * Without a ledger a gateway speaks of this request only, an earlier one may well have been executed; so it does where
 * another operation is in the way.
 */
function deniesExecution({ outcome, problem }: ClientAnswer): boolean {
  return (
    outcome === 'not_executed' && problem !== 'ledger-unavailable' && problem !== 'operation-in-progress'
  );
}

function overlap(a: ClientAnswer, b: ClientAnswer): boolean {
  return a.startedAt <= b.endedAt && b.startedAt <= a.endedAt;
}

function essence({ status, body, location }: ClientAnswer) {
  return { status, body, location };
}
