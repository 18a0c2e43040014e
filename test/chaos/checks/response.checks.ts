import { isDeepStrictEqual } from 'node:util';
import type { ClientResponse } from '../client.js';
import type { Case, Check, Violation } from './findings.js';
import { shownRows } from './ledger.checks.js';

/** Responses about one write must be right, stay right, and agree. */
export const RESPONSE_CHECKS: readonly Check[] = [
  lostSuccesses,
  untrueDenials,
  denialsThatTurned,
  denialsAfterEffect,
  contradictions,
  forgotten,
  unexpected,
];

/** Told executed: there is an effect, or it was so already. */
function lostSuccesses({ responses, effects, rows, isMisled }: Case): Violation[] {
  const success = responses.find(isSuccess);
  if (!success || effects.length > 0 || isMisled || rows.some(({ basis }) => basis === 'already_so'))
    return [];
  return rows.some(({ basis }) => basis === 'person')
    ? []
    : [{ kind: 'lost', what: `got ${success.status}, without effect: ${shownRows(rows)}` }];
}

/** Told not executed: the request has no effect, not then and not later. */
function untrueDenials({ responses, effects }: Case): Violation[] {
  return responses.filter(deniesThisRequest).flatMap((response) => {
    const own = effects.find(({ requestId }) => requestId === response.requestId);
    return own
      ? [
          {
            kind: 'guessed',
            what: `request ${response.requestId} got ${response.problem}, and has effect ${own.seq}`,
          },
        ]
      : [];
  });
}

/** Told not executed: the operation of this request does not turn unknown or executed afterwards. */
function denialsThatTurned({ responses, rows }: Case): Violation[] {
  return responses.filter(deniesThisRequest).flatMap((response) => {
    const row = rows.find(({ requestId }) => requestId === response.requestId);
    if (!row || !/^(unknown|succeeded|sent)$/.test(row.state) || row.basis === 'already_so') return [];
    // A process that has ended could not write down any more that it sent nothing.
    if (row.state !== 'succeeded' && response.gateway.hasEnded) return [];
    const what = `request ${response.requestId} got ${response.problem}, and its operation is ${row.state}`;
    return [{ kind: 'guessed', what }];
  });
}

/** A denial of the key, once an effect of it is there. */
function denialsAfterEffect({ write, responses, effects, isMisled }: Case): Violation[] {
  if (write.key === null || isMisled) return [];
  return responses.filter(deniesExecution).flatMap((response) => {
    // Another request of the same key may have had the effect meanwhile.
    if (responses.some((other) => other !== response && overlap(other, response))) return [];
    const before = effects.find(({ atMs }) => atMs < response.startedAt);
    return before ? [{ kind: 'guessed', what: `got ${response.problem}, after effect ${before.seq}` }] : [];
  });
}

/** Responses about one operation agree, unless a person had to decide its outcome. */
function contradictions({ write, responses, rows, isMisled }: Case): Violation[] {
  if (write.key === null || isMisled) return [];
  const found: Violation[] = [];
  const decided = rows.some(({ basis }) => basis === 'person' || basis === 'evidence');
  const [first, ...others] = responses.filter(isSuccess);
  if (first && !decided) {
    for (const other of others) {
      if (isDeepStrictEqual(essence(other), essence(first))) continue;
      const texts = [first, other].map((response) => JSON.stringify(essence(response)));
      found.push({ kind: 'contradiction', what: texts.join(' and ') });
    }
  }
  const executedAt = Math.min(...responses.filter(claimsExecution).map(({ endedAt }) => endedAt));
  const denial = responses.find((response) => deniesExecution(response) && response.startedAt > executedAt);
  if (denial) found.push({ kind: 'contradiction', what: `executed, then ${denial.problem}` });
  return found;
}

/** The last repeat of each key got the response of its operation. */
function forgotten({ write, responses, earlier }: Case): Violation[] {
  const [row, ...others] = earlier.at(-1) ?? [];
  const last = responses.at(-1);
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

function unexpected({ responses }: Case): Violation[] {
  return responses
    .filter(({ status }) => !EXPECTED.has(status))
    .map(({ status, body }) => ({ kind: 'unexpected', what: `${status} ${JSON.stringify(body)}` }));
}

function isSuccess({ status }: ClientResponse): boolean {
  return status === 200 || status === 201;
}

function claimsExecution(response: ClientResponse): boolean {
  return isSuccess(response) || response.outcome === 'executed';
}

/** A replay speaks of an earlier request. */
function deniesThisRequest({ outcome, replayed }: ClientResponse): boolean {
  return outcome === 'not_executed' && !replayed;
}

/**
 * Without a ledger a gateway speaks of this request only, an earlier one may well have been executed; so it does where
 * another operation is in the way.
 */
function deniesExecution({ outcome, problem }: ClientResponse): boolean {
  return (
    outcome === 'not_executed' && problem !== 'ledger-unavailable' && problem !== 'operation-in-progress'
  );
}

function overlap(a: ClientResponse, b: ClientResponse): boolean {
  return a.startedAt <= b.endedAt && b.startedAt <= a.endedAt;
}

function essence({ status, body, location }: ClientResponse) {
  return { status, body, location };
}
