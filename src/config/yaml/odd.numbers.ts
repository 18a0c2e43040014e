import { isMap, isScalar, isSeq } from 'yaml';
import type { ConfigurationIssue } from '../errors/configuration.error.js';
import { joinPath } from '../errors/setting.path.js';

const ODD_NUMBER = /^[-+]?0[0-9ox]/i;

/** Whether there may be a number with zeros in front: a quick search, which finds those in comments too. */
export function hasLeadingZeros(text: string): boolean {
  return /(?:^|[\s,[{])[-+]?0[0-9]+(?=[\s,\]}]|$)/.test(text);
}

/** Numbers that look octal or hexadecimal: YAML 1.1, YAML 1.2 and people read them differently. */
export function oddNumbers(node: unknown, path = ''): ConfigurationIssue[] {
  if (isSeq(node)) return node.items.flatMap((item, index) => oddNumbers(item, joinPath(path, index)));
  if (isMap(node)) {
    return node.items.flatMap(({ key, value }) =>
      oddNumbers(value, joinPath(path, String(isScalar(key) ? key.value : ''))),
    );
  }
  if (!isScalar(node) || typeof node.value !== 'number' || !ODD_NUMBER.test(node.source ?? '')) return [];
  return [{ path, reason: reasonOf(node.source ?? '') }];
}

function reasonOf(source: string): string {
  const begin = source.replace(/^[-+]/, '').slice(0, 2).toLowerCase();
  const base = begin === '0o' ? 'octal' : begin === '0x' ? 'hexadecimal' : 'decimal';
  return `looks like an octal or hexadecimal number and is read as ${base}; write it in decimal, without zeros in front`;
}
