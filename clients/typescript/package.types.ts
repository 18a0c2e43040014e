/** What the types of `@tollgate/client` accept and refuse; compiled with the scenario, never run. */
import type { CallName, CallOptions, DataOf, OperationDto, Tollgate, TollgateError } from '@tollgate/client';

const path = { userId: '42', productId: '1337' };
const body = { userId: '42', voucherGroupId: '324673248' };

export async function typesOf(tollgate: Tollgate, error: TollgateError): Promise<unknown[]> {
  const { data, headers } = await tollgate.checkEntitlement({
    path,
    headers: { 'Cache-Control': 'max-age=30' },
  });
  const granted: boolean = data.granted;
  // @ts-expect-error -- data has a type
  const wrong: string = data.granted;
  const operation: OperationDto = await tollgate.waitForOutcome(error, { deadlineMs: 60_000 });
  const options: CallOptions<'listOperations'> = { query: { state: 'unknown' } };
  const list: DataOf<'listOperations'> = (await tollgate.listOperations(options)).data;
  const isLimit = error.code === 'rate-limited' || error.code === 'problem-of-tomorrow';
  return [granted, wrong, headers.get('Age'), operation.state, list.nextCursor, isLimit];
}

export const refused = (tollgate: Tollgate): unknown[] => [
  // @ts-expect-error -- the body is required
  tollgate.handOutVoucher(),
  // @ts-expect-error -- a member of the body is missing
  tollgate.handOutVoucher({ body: { userId: '42' } }),
  // @ts-expect-error -- the type of a member is wrong
  tollgate.handOutVoucher({ body: { ...body, userId: 42 } }),
  // @ts-expect-error -- a path parameter is missing
  tollgate.checkEntitlement({ path: { userId: '42' } }),
  // @ts-expect-error -- reads have no key
  tollgate.checkEntitlement({ path, idempotencyKey: 'order-8812' }),
  // @ts-expect-error -- a misspelled option
  tollgate.handOutVoucher({ body, idempotencykey: 'order-8812' }),
];

// @ts-expect-error -- routes of operators are not in the package
export const internal: CallName = 'readMetrics';
