import { FAILSAFE_SCHEMA, load, Type } from 'js-yaml';

/** `null` as a key is read differently by the two parsers. */
const KEY = String.raw`(?!(?:null|Null|NULL):)[A-Za-z]\w*`;
const PLAIN = String.raw`[\w/.+](?:[\w/.+:-]*[\w/.+-])?`;
const ITEM = String.raw`(?:${PLAIN}|'[^'\n]*'|"[^"\\\n]*")`;
/** An item, or a flow collection on one line, three deep at most: compiling the pattern takes ten times as long for each more. */
const VALUE = valueOf(valueOf(valueOf(ITEM)));

/** An entry or a value on one line, a comment, or nothing. */
const LINE = new RegExp(`^(?: *(?:(?:- )*${KEY}:(?: ${VALUE})?|(?:- )+${VALUE})(?: +#.*)?| *#.*|)$`);

/** Control characters, and numbers that the two parsers read differently. */
const ODD = /[^\n\u0020-\u007e\u00a0-\ud7ff]|\b0[xo]|\.(?:inf|nan)/i;

/** The core schema of YAML 1.2 for what LINE permits; js-yaml's own has numbers such as 1_000 and 0b1. */
const SCHEMA = FAILSAFE_SCHEMA.extend({
  implicit: [
    scalar('null', /^(?:null|Null|NULL)?$/, () => null),
    scalar('bool', /^(?:true|True|TRUE|false|False|FALSE)$/, (text) => /^t/i.test(text)),
    scalar('int', /^[-+]?[0-9]+$/, Number),
    scalar(
      'float',
      /^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)$|^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+$/,
      Number,
    ),
  ],
});

/**
 * Reads YAML in which each line is a simple entry, as files of many callers are: ten times faster than the parser with positions.
 * Undefined for every other text, valid or not.
 */
export function readPlainYaml(text: string): unknown {
  if (!isPlainYaml(text)) return undefined;
  try {
    return load(text, { schema: SCHEMA });
  } catch {
    // The other parser names the error and its place.
    return undefined;
  }
}

/** Whether each line is a simple entry. Without anchors and texts of several lines, a line means the same without the others. */
export function isPlainYaml(text: string): boolean {
  return !ODD.test(text) && text.split('\n').every((line) => LINE.test(line));
}

function valueOf(inner: string): string {
  const list = String.raw`\[ ?${inner}(?:, ?${inner})* ?\]`;
  const mapping = String.raw`\{ ?${KEY}: ${inner}(?:, ${KEY}: ${inner})* ?\}`;
  return `(?:${ITEM}|${list}|${mapping})`;
}

function scalar(name: string, pattern: RegExp, construct: (text: string) => unknown): Type {
  return new Type(`tag:yaml.org,2002:${name}`, {
    kind: 'scalar',
    resolve: (text: string | null) => pattern.test(text ?? ''),
    construct,
  });
}
