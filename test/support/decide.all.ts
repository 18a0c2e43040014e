import type { TestGateway } from './gateway.js';

/** Decides about every operation of unknown outcome, so that none blocks the next write on its subject. */
export async function decideAll(
  gateway: TestGateway,
  decision: 'executed' | 'not_executed' = 'executed',
): Promise<void> {
  const { body } = await gateway.call('GET', '/v1/operations?state=unknown&limit=100');
  for (const { id } of body.items) {
    const resolution = { decision, reason: 'the test goes on' };
    const { status } = await gateway.call('POST', `/v1/operations/${id}/resolution`, { body: resolution });
    if (status !== 200) throw new Error(`operation ${id} was not decided: ${status}`);
  }
}
