import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { tableOf } from './operations.table.js';

export const COUNTED_BY = ['kind', 'user', 'minute', 'caller', 'tenant'] as const;

export type CountedBy = (typeof COUNTED_BY)[number];

export function isCountedBy(text: string): text is CountedBy {
  return (COUNTED_BY as readonly string[]).includes(text);
}

/** Counts operations by one of their properties, with what the operations of each count have in common. */
export class OperationCounts {
  readonly #groups = new Map<string, Group>();
  total = 0;

  constructor(private readonly by: CountedBy) {}

  add(operation: OperationDto): void {
    this.total += 1;
    const value = valueOf(operation, this.by);
    const group = this.#groups.get(value) ?? newGroup();
    this.#groups.set(value, group);
    group.count += 1;
    increment(group.states, operation.state);
    increment(group.kinds, operation.kind);
    if (operation.userId !== null) group.users.add(operation.userId);
    if (operation.createdAt < group.oldest) group.oldest = operation.createdAt;
    if (operation.createdAt > group.newest) group.newest = operation.createdAt;
  }

  /** The largest first; minutes in their order. */
  get rows(): readonly CountRow[] {
    const rows = [...this.#groups].map(([value, { users, states, kinds, ...rest }]) => ({
      by: this.by,
      value,
      ...rest,
      states: Object.fromEntries(states),
      kinds: Object.fromEntries(kinds),
      users: users.size,
    }));
    return this.by === 'minute'
      ? rows.toSorted((a, b) => (a.value < b.value ? 1 : -1))
      : rows.toSorted((a, b) => b.count - a.count);
  }

  get table(): string {
    const headings = [
      'COUNT',
      this.by.toUpperCase(),
      'STATES',
      'KINDS',
      'USERS',
      'OLDEST CREATED',
      'NEWEST CREATED',
    ];
    const rows = this.rows.map(({ count, value, states, kinds, users, oldest, newest }) => [
      String(count),
      value,
      listOf(states),
      listOf(kinds),
      String(users),
      oldest,
      newest,
    ]);
    return tableOf([headings, ...rows]);
  }
}

interface Group {
  count: number;
  readonly states: Map<string, number>;
  readonly kinds: Map<string, number>;
  readonly users: Set<string>;
  oldest: string;
  newest: string;
}

export interface CountRow {
  readonly by: CountedBy;
  readonly value: string;
  readonly count: number;
  readonly states: Readonly<Record<string, number>>;
  readonly kinds: Readonly<Record<string, number>>;
  readonly users: number;
  readonly oldest: string;
  readonly newest: string;
}

function newGroup(): Group {
  // Any time of the ledger is between these.
  return { count: 0, states: new Map(), kinds: new Map(), users: new Set(), oldest: '9999', newest: '' };
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function valueOf({ kind, userId, createdAt, caller, tenant }: OperationDto, by: CountedBy): string {
  switch (by) {
    case 'kind':
      return kind;
    case 'user':
      return userId ?? '-';
    case 'minute':
      return createdAt.replace(/:\d\d(?:\.\d+)?Z$/, 'Z');
    case 'caller':
      return caller;
    case 'tenant':
      return tenant ?? '-';
    default:
      return by satisfies never;
  }
}

function listOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
