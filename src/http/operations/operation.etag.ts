import { createHash } from 'node:crypto';
import type { OperationDto } from './dto/operation.dto.js';

/**
 * The entity tag (RFC 9110) of an operation: changes whenever anything recorded about it does, not with the plans of the
 * gateway for it. Strong, quotes included. In hex:
 * a command line would read a value that begins with a dash as an option.
 */
export function tagOf(representation: object): string {
  const record = JSON.stringify({ ...representation, ...UNRECORDED });
  const digest = createHash('sha256').update(record).digest('hex');
  return `"${digest.slice(0, 32)}"`;
}

/** Members that are not part of the record: a decision is as right after a change of one. */
const UNRECORDED = { nextProbeAt: undefined, gateway: undefined } satisfies Partial<
  Record<keyof OperationDto, undefined>
>;

/** The expectation of an `If-Match` header: any representation, or one of these tags. */
export type ExpectedTags = '*' | readonly string[];

const TAG = String.raw`(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"`;

/** A list may have empty members (RFC 9110, 5.6.1) and must have at least one tag. */
const LIST = new RegExp(String.raw`^[ \t,]*${TAG}(?:[ \t]*,[ \t]*(?:${TAG})?)*$`);

/** Undefined when the header is malformed. */
export function parseIfMatch(header: string): ExpectedTags | undefined {
  const text = header.trim();
  if (text === '*') return '*';
  return LIST.test(text) ? (text.match(new RegExp(TAG, 'g')) ?? undefined) : undefined;
}

/** By strong comparison, as `If-Match` requires: a weak tag never matches. */
export function isExpected(expected: ExpectedTags | undefined, representation: object): boolean {
  return expected === undefined || expected === '*' || expected.includes(tagOf(representation));
}
