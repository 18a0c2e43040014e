import { Option } from 'commander';
import { DECISIONS } from '../../http/operations/dto/operation-resolution.dto.js';
import { AWAITS, SHOWN_STATES } from '../../http/operations/shown.state.js';
import { OPERATION_KINDS } from '../../ledger/operation.kind.js';
import { choiceOption } from '../cli.command.js';
import type { Query } from '../gateway/gateway.client.js';
import { type Terminal, UsageError } from '../terminal.js';

/** Values of `subjectOptions`. */
export interface SubjectValues {
  readonly kind?: string;
  readonly user?: string;
  readonly voucherGroup?: string;
  readonly destinationUsername?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Values of `stateOptions`. */
export interface StateValues {
  readonly state?: string;
  readonly waitingFor?: string;
  readonly recommendation?: string;
}

const FILTERS = 'Filters:';

export function stateOptions(): readonly Option[] {
  return [
    choiceOption('--state <state>', 'in this state', SHOWN_STATES),
    choiceOption('--awaits, --waiting-for <what>', 'unknown, and waiting for this', AWAITS),
    choiceOption('--recommendation <decision>', 'unknown, and this is what the evidence suggests', DECISIONS),
  ].map((option) => option.helpGroup(FILTERS));
}

export function subjectOptions(): readonly Option[] {
  return [
    choiceOption('--kind <kind>', 'of this kind', OPERATION_KINDS),
    new Option('--user <id>', 'about this user'),
    new Option('--voucher-group <id>', 'about this voucher group'),
    new Option('--destination-username <name>', 'about this user of a destination tool'),
    new Option(
      '--from <time>',
      'created at this time or later: 2026-01-31T12:00:00Z, or 90s, 15m, 1h, 2d ago',
    ),
    new Option('--to <time>', 'created before this time'),
  ].map((option) => option.helpGroup(FILTERS));
}

/** The gateway validates them, but for relative times. @throws UsageError */
export function filterQueryOf(values: SubjectValues & StateValues, terminal: Terminal): Query {
  const now = nowOf(terminal);
  const from = timeOf('--from', values.from, now);
  const to = timeOf('--to', values.to, now);
  // The empty list would look as if nothing were left.
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to)) {
    throw new UsageError('--from must be before --to: an age like 1h is before a shorter one like 5m.');
  }
  return {
    state: values.state,
    kind: values.kind,
    awaits: values.waitingFor,
    recommendation: values.recommendation,
    userId: values.user,
    voucherGroupId: values.voucherGroup,
    destinationUsername: values.destinationUsername,
    from,
    to,
  };
}

export function nowOf({ now = Date.now }: Terminal): number {
  return now();
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function timeOf(flag: string, text: string | undefined, nowMs: number): string | undefined {
  if (text === undefined || /^\d{4}-/.test(text)) return text;
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs !== undefined) return new Date(nowMs - Number(count) * unitMs).toISOString();
  throw new UsageError(
    `${flag} must be a time like 2026-01-31T12:00:00Z, or an age like 90s, 15m, 1h or 2d.`,
  );
}
