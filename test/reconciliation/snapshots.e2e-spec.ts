import { sql } from 'kysely';
import type { SnapshotPolicy } from '../../src/config/settings/evidence.settings.js';
import { ProbeTimes } from '../../src/reconciliation/probe.times.js';
import { Database } from '../../src/store/database/database.js';
import { until } from '../support/until.js';
import { type CallResponse, startGateway, type TestGateway } from '../support/gateway.js';
import { QUICK_EVIDENCE } from '../support/quick.evidence.js';

const GROUP = '324673248';

function startWith(snapshots: SnapshotPolicy, probeTimes?: ProbeTimes): Promise<TestGateway> {
  return startGateway({
    ...(probeTimes ? { probeTimes } : {}),
    settings: (demo) => ({
      ...demo,
      tenants: new Map(
        [...demo.tenants].map(([name, tenant]) => [name, { ...tenant, evidence: { snapshots } }]),
      ),
    }),
  });
}

async function operationOf(gateway: TestGateway, { status, body }: CallResponse) {
  expect([status, body.outcome]).toEqual([504, 'unknown']);
  return (await gateway.call('GET', body.operation)).body;
}

async function handOut(gateway: TestGateway): Promise<CallResponse> {
  await gateway.spid.fault('voucher_handout', 'reset-after');
  const body = { userId: '42', voucherGroupId: GROUP };
  return gateway.call('POST', '/v1/voucher-handouts', { idempotencyKey: 'handout', body });
}

describe('evidence.snapshots', () => {
  it('off: no snapshot is read before a write, and an unknown one waits for a person', async () => {
    const gateway = await startWith('off', QUICK_EVIDENCE);
    try {
      // A snapshot read would fail, and the write with it.
      await gateway.spid.fault('product_get', 'status-500', 2);
      await gateway.spid.fault('product_grant', 'reset-after');
      const lost = await operationOf(gateway, await gateway.call('PUT', '/v1/users/42/entitlements/301694'));
      expect(lost).toMatchObject({ awaits: 'person', snapshot: null });
      // Seen, not executed: it may have existed before.
      const path = `/v1/operations/${lost.id}`;
      await until('it is recommended', async () => {
        return (await gateway.call('GET', path)).body.recommendation === 'executed';
      });
      expect((await gateway.call('GET', path)).body).toMatchObject({ state: 'unknown', awaits: 'person' });
    } finally {
      await gateway.close();
    }
  });

  it('off: a grant of an existing product is sent, because no snapshot is read', async () => {
    const gateway = await startWith('off');
    try {
      for (const count of [1, 2]) {
        expect((await gateway.call('PUT', '/v1/users/42/entitlements/301694')).status).toBe(200);
        expect(await gateway.spid.effects('product_grant')).toHaveLength(count);
      }
    } finally {
      await gateway.close();
    }
  });

  it('on: a handout, the hot path, is one call to the vendor', async () => {
    const gateway = await startWith('on');
    try {
      expect(await operationOf(gateway, await handOut(gateway))).toMatchObject({
        awaits: 'person',
        snapshot: null,
      });
    } finally {
      await gateway.close();
    }
  });

  it('all: the counts of the group before a handout are stored for the person who decides', async () => {
    const gateway = await startWith('all');
    try {
      const operation = await operationOf(gateway, await handOut(gateway));
      expect(operation).toMatchObject({
        awaits: 'person',
        snapshot: { asked: `GET voucher group ${GROUP}` },
      });
      const { body } = await gateway.call('GET', `/v1/voucher-groups/${GROUP}`);
      expect(operation.snapshot.seen.availableVouchers).toBe(body.availableVouchers + 1);
    } finally {
      await gateway.close();
    }
  });
});

describe('more operations on one subject than can be compared', () => {
  it('leave the decision to a person, with the reason', async () => {
    const gateway = await startGateway({
      probeTimes: new ProbeTimes({ firstProbeAfterSeconds: 3_600 }),
    });
    try {
      await gateway.spid.fault('product_grant', 'reset-after');
      const lost = await operationOf(gateway, await gateway.call('PUT', '/v1/users/42/entitlements/301694'));
      // 501 other operations with the same subject, as rows of an older version: without account and exclusive key.
      await gateway.app.get(Database).run((db) =>
        sql`insert into operations (id, claim, tenant, caller, kind, key_in_force, fingerprint, state, request,
              user_id, product_id, owner, created_at, sent_at, finished_at)
            select gen_random_uuid(), gen_random_uuid(), tenant, caller, kind, false, fingerprint, 'succeeded', request,
              user_id, product_id, owner, now(), now(), now()
            from operations, generate_series(1, 501) where id = ${lost.id}`.execute(db),
      );
      const { status, body } = await gateway.call('POST', `/v1/operations/${lost.id}/probe`);
      expect([status, body.state, body.recommendation]).toEqual([200, 'unknown', 'executed']);
      expect(body.evidence.at(-1).seen.because).toMatch(/more than 500 operations .* a person/);
    } finally {
      await gateway.close();
    }
  });
});
