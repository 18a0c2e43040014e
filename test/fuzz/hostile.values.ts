import type { Random } from '../support/random.js';

/** Texts that have broken programs before: of databases, shells, templates, parsers, terminals and of JavaScript itself. */
const TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\r\nX-Injected: 1',
  '\u001b[2J',
  '\ud800',
  '\udfff\ud800',
  '\u202egnp.exe',
  '\ufeff',
  '💩'.repeat(40),
  'ÿ'.repeat(65),
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'NaN',
  'true',
  '-0',
  '1e400',
  '9007199254740993',
  '0x41',
  '../../../etc/passwd',
  '..%2f..%2f',
  '%00',
  '%',
  '%zz',
  'file:///etc/passwd',
  'http://127.0.0.1:1/',
  'http://[::1]/',
  'javascript:alert(1)',
  "' or '1'='1",
  '"; drop table operations; --',
  '${jndi:ldap://127.0.0.1/a}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '$(id)',
  '`id`',
  '(a+)+$',
  'a'.repeat(10_000),
  '['.repeat(5_000),
] as const;

/** Names of members that JSON allows, and databases, prototypes or logs do not expect. */
const NAMES = [
  '\u0000',
  'a\u0000',
  '\u0000b',
  '\ud800',
  'a\udc00b',
  '\udfff\ud800',
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toJSON',
  'then',
  'valueOf',
  'length',
  '0',
  '',
  ' ',
  '$where',
  'a.b',
  'a[0]',
  '\r\nX-Injected: 1',
  '\u001b[2J',
  '\ufeffuserId',
  'userId\u0000',
  'x'.repeat(5_000),
] as const;

const NUMBERS = [
  0,
  -0,
  -1,
  1,
  0.5,
  1e21,
  -1e21,
  1e308,
  2 ** 31,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 63),
  5e-324,
] as const;

/** Text that stands for JSON which `JSON.stringify` would never write. */
export const RAW_JSON = [
  '1e999',
  '-1e999',
  '00',
  '+1',
  '.5',
  "'a'",
  '"\\ud800"',
  '"\\x00"',
  '{"a":1,"a":2}',
  '{"__proto__":{"granted":true}}',
  '{"constructor":{"prototype":{"a":1}}}',
  '{"a\\u0000":1}',
  '{"\\ud800":{"\\udc00":1}}',
  '{"\\u005f\\u005fproto__":{"a":1}}',
  '{"evidence":{"a\\u0000":{"\\ud800":[{"__proto__":1}]}}}',
  '[1,]',
  '{"a":1,}',
  '/* a */ {}',
  '\ufeff{}',
  `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`,
  '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]',
] as const;

export function hostileText(random: Random): string {
  if (random.chance(0.7)) return random.pick(TEXTS);
  return Array.from({ length: random.whole(1, 80) }, () => String.fromCharCode(random.whole(0, 0xffff))).join(
    '',
  );
}

/** Any JSON value but the one that was asked for. */
export function hostileValue(random: Random, depth = 0): unknown {
  const kind = random.whole(0, depth > 2 ? 4 : 6);
  if (kind <= 1) return hostileText(random);
  if (kind === 2) return random.pick(NUMBERS);
  if (kind === 3) return random.pick([true, false]);
  if (kind === 4) return null;
  const members = Array.from({ length: random.whole(0, 4) }, () => hostileValue(random, depth + 1));
  if (kind === 5) return members;
  // fromEntries defines own members, `__proto__` too.
  return Object.fromEntries(members.map((member) => [hostileName(random), member]));
}

export function hostileName(random: Random): string {
  return random.chance(0.7) ? random.pick(NAMES) : hostileText(random);
}
