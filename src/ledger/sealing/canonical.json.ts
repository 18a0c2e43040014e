/**
 * JSON text that does not depend on the order of object members (RFC 8785: sorted by UTF-16 code units, no
 * whitespace, ECMAScript numbers). Undefined members are omitted, as in JSON.
 */
export function canonicalJson(value: unknown): string {
  const plain = toPlain(value);
  if (Array.isArray(plain)) return `[${plain.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (plain !== null && typeof plain === 'object') {
    const members = Object.entries(plain)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(plain ?? null);
}

function toPlain(value: unknown): unknown {
  const { toJSON } = (value ?? {}) as { toJSON?: unknown };
  return typeof toJSON === 'function' ? (toJSON.call(value) as unknown) : value;
}
