import { isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import { joinPath } from '../errors/setting.path.js';
import { ownerOf } from './settings.places.js';

/** A key that its mapping has already. */
interface RepeatedKey {
  /** For example `callers[0].limit (caller checkout)`. */
  readonly setting: string;
  /** Line of the first one, counted from 1. */
  readonly firstLine: number;
}

interface Walk {
  readonly lines: LineCounter;
  readonly found: Map<number, RepeatedKey>;
}

/** The repeated keys of a file by where they begin in its text. */
export function repeatedKeys(root: unknown, lines: LineCounter): ReadonlyMap<number, RepeatedKey> {
  const walk: Walk = { lines, found: new Map() };
  collect(root, '', undefined, walk);
  return walk.found;
}

function collect(node: unknown, path: string, owner: string | undefined, walk: Walk): void {
  if (isSeq(node)) {
    node.items.forEach((item, index) =>
      collect(item, joinPath(path, index), owner ?? ownerOf(path, item), walk),
    );
  }
  if (!isMap(node)) return;
  const first = new Map<string, number>();
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const offset = (key as Node | null)?.range?.[0] ?? 0;
    const setting = joinPath(path, name);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, offset);
    else {
      const firstLine = walk.lines.linePos(earlier).line;
      walk.found.set(offset, { setting: owner ? `${setting} (${owner})` : setting, firstLine });
    }
    collect(value, setting, owner, walk);
  }
}
