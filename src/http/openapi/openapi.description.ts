import type { LedgerRetention } from '../../config/settings/ledger.settings.js';

/** What holds for every route of the API, in Markdown. */
export function apiDescription({ operationDays, keyDays }: LedgerRetention): string {
  return `One API in front of SPiD and Import2.

**Keys.** Send \`Authorization: Bearer <key>\`. A caller that belongs to more than one tenant names one in \`Tollgate-Tenant\`.

**Writes.** A write may have, and where marked must have, an \`Idempotency-Key\`. Every problem of a write reports its
\`outcome\`: \`not_executed\` (safe to repeat), \`executed\`, or \`unknown\` (never repeat it without checking first).

A repeat with the same key never executes the write again: it returns the first response with
\`Idempotent-Replayed: true\`, 409 while the first request is running, or the unknown outcome while it is unknown. A key
is honoured for ${daysOf(keyDays)}. Every write is an operation, which is stored for ${daysOf(operationDays)}. Both periods start
at the end of the operation; operations with an unknown outcome, and their keys, are kept for as long as it is unknown.
Read an operation at \`/v1/operations/{id}\`; a problem names it in \`operationId\`.

**Time.** Allow a write 45 s: 10 s to record it, 25 s for the upstream, and the network. A client that gives up earlier does
not know the outcome. \`Tollgate-Deadline-Ms\` makes the gateway refuse what cannot be done in time.

**Problems.** Every error is \`application/problem+json\` (RFC 9457); decide by \`code\`; \`type\` is a page that explains what
to do ([all problems](/docs/problems)).

**Shapes.** Ids are strings, times are RFC 3339 in UTC, lists are \`{ "items": [...] }\`.

**Compatibility.** Within \`/v1\`, responses may gain members, headers and statuses, enumerations in responses (marked as
extensible) may gain values, and requests may gain optional members; ignore what you do not know. Nothing else changes.`;
}

function daysOf(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
