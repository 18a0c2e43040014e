import type { OperationWrite } from '../../ledger/operation.types.js';
import { NotAdmittedError } from '../../upstreams/transport/upstream.errors.js';
import { type WriteBudget, WriteBudgets } from './write.budgets.js';

const refused = (operation: string) =>
  new NotAdmittedError('breaker-open', 1_000, { upstream: 'spid', operation, reason: 'no place' });

function refusalOf(
  { read, write }: { read?: NotAdmittedError; write?: NotAdmittedError },
  { prepared, isDeciding }: { prepared: boolean; isDeciding: boolean },
  kind: OperationWrite['kind'] = 'vouchers_generate',
) {
  const budgets = new WriteBudgets();
  const budget: WriteBudget = {
    kinds: ['vouchers_generate'],
    refusalOfWrite: () => write,
    refusalOfSnapshot: () => read,
  };
  budgets.add(budget);
  return budgets.refusalOf({ kind, prepared } as OperationWrite, isDeciding);
}

describe('WriteBudgets', () => {
  const [read, write] = [refused('voucher_group_get'), refused('vouchers_generate')];

  it('refuses a write without a snapshot with what its own call would get', () => {
    const plain = { prepared: false, isDeciding: false };
    expect(refusalOf({ read, write }, plain)).toBe(write);
    expect(refusalOf({ read }, plain)).toBeUndefined();
  });

  it('refuses a write with a deciding snapshot with what the read would get', () => {
    const deciding = { prepared: true, isDeciding: true };
    expect(refusalOf({ read }, deciding)).toBe(read);
    expect(refusalOf({ write }, deciding)).toBeUndefined();
  });

  it('refuses a write with an informing snapshot only if both would be refused: the read may be the probe', () => {
    const informing = { prepared: true, isDeciding: false };
    expect(refusalOf({ read, write }, informing)).toBe(write);
    expect(refusalOf({ read }, informing)).toBeUndefined();
    expect(refusalOf({ write }, informing)).toBeUndefined();
  });

  it('refuses no write of another kind, or of a tenant without an account at the vendor', () => {
    const plain = { prepared: false, isDeciding: false };
    expect(refusalOf({ write }, plain, 'token_import')).toBeUndefined();
    const budgets = new WriteBudgets();
    const refusalOfWrite = () => {
      throw refused('no account');
    };
    budgets.add({ kinds: ['token_import'], refusalOfWrite });
    expect(
      budgets.refusalOf({ kind: 'token_import', prepared: false } as OperationWrite, false),
    ).toBeUndefined();
  });
});
