import { type Alias, type Document, isAlias, visit } from 'yaml';

interface UnusableAlias {
  /** Where it begins in the text. */
  readonly offset: number;
  readonly reason: string;
}

const UNKNOWN =
  'is an alias (*) of an anchor (&) that is not above it; put a value that begins with * in quotes';

const CIRCULAR = 'is an alias within its own anchor, so that the value would contain itself';

/** The first alias of a document without errors that stands for nothing, or for what it is a part of. */
export function unusableAlias(document: Document): UnusableAlias | undefined {
  let found: UnusableAlias | undefined;
  visit(document, {
    Alias(_, alias) {
      const reason = reasonOf(alias, document);
      if (reason === undefined) return undefined;
      found = { offset: alias.range?.[0] ?? 0, reason };
      return visit.BREAK;
    },
  });
  return found;
}

function reasonOf(alias: Alias, document: Document): string | undefined {
  const target = alias.resolve(document);
  if (!target || isAlias(target)) return UNKNOWN;
  const [begin = 0, , end = 0] = target.range ?? [];
  const offset = alias.range?.[0] ?? 0;
  return begin <= offset && offset < end ? CIRCULAR : undefined;
}
