/** A block of code in the page, and the marked regions of a program that it is made of. */
export interface Block {
  readonly file: string;
  readonly regions: readonly string[];
  readonly language: string;
}

/** A comment `<!-- FILE: REGION, REGION -->`, and the block that follows it. */
const BLOCK = /(<!-- (clients\/\S+): ([\w, -]+) -->\n+```(\w+)\n)[^]*?\n(```\n)/g;

const MARK = /^\s*(?:\/\/|#) docs:([\w-]+)-(begin|end)$/;

function blockOf([, , file = '', regions = '', language = '']: readonly string[]): Block {
  return { file, regions: regions.split(', '), language };
}

/** The blocks of a page, in its order. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(BLOCK)].map(blockOf);
}

/** The page with the code of each block in place of what it has. */
export function withBlocks(page: string, codeOf: (block: Block) => string): string {
  return page.replaceAll(BLOCK, (...match: string[]) => `${match[1]}${codeOf(blockOf(match))}\n${match[5]}`);
}

/**
 * The regions of a program by name: the lines between `docs:NAME-begin` and `docs:NAME-end`, with their common indent
 * removed.
 * @throws Error for a mark that is missing, repeated or inside of another region
 */
export function regionsOf(program: string): Map<string, string> {
  const regions = new Map<string, string>();
  let open: { readonly name: string; readonly lines: string[] } | undefined;
  for (const line of program.split('\n')) {
    const [, name, edge] = MARK.exec(line) ?? [];
    if (name === undefined) open?.lines.push(line);
    else if (edge === 'begin' && !open && !regions.has(name)) open = { name, lines: [] };
    else if (edge === 'end' && open?.name === name) {
      regions.set(name, unindented(open.lines));
      open = undefined;
    } else throw new Error(`docs:${name}-${edge} is in the wrong place`);
  }
  if (open) throw new Error(`docs:${open.name}-end is missing`);
  return regions;
}

function unindented(lines: readonly string[]): string {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines
    .map((line) => line.slice(indent))
    .join('\n')
    .trim();
}
