import { type Arbitrary, integer, oneof } from 'fast-check';

const SURROGATES = { first: 0xd800, last: 0xdfff, count: 0x800 } as const;
const LAST = 0x10ffff;

/** A character in two is ASCII. fast-check's own unit for all of them, `binary`, keeps a list that takes 86 MB. */
export const codePoint: Arbitrary<string> = oneof(
  integer({ min: 0, max: 0x7f }),
  integer({ min: 0, max: LAST - SURROGATES.count }).map((at) =>
    at < SURROGATES.first ? at : at + SURROGATES.count,
  ),
).map((point) => String.fromCodePoint(point));
