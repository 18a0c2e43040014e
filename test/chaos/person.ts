import type { Gateway } from './processes/chaos.gateway.js';
import type { GatewayFleet } from './processes/gateway.fleet.js';
import { apiKeyOf } from './processes/gateway.settings.js';
import type { LedgerRow } from './checks/ledger.row.js';

export type PersonDecision = 'executed' | 'not_executed';

/** A decision as it was taken. */
export interface TakenDecision {
  readonly operation: string;
  readonly decision: PersonDecision;
  /** Against what the vendor's books show, or while the vendor may still have been executing the call. */
  readonly wrong: boolean;
}

/** Decides about unknown operations over the API. */
export class Person {
  readonly taken: TakenDecision[] = [];

  constructor(private readonly fleet: GatewayFleet) {}

  /** Returns whether it was for this person to decide: evidence, or the response, may have been faster. */
  async decide(
    { id, caller, tenant }: LedgerRow,
    decision: PersonDecision,
    { wrong, gateway = this.fleet.at(0) }: { readonly wrong: boolean; readonly gateway?: Gateway },
  ): Promise<boolean> {
    const response = await fetch(`${gateway.url}/v1/operations/${id}/resolution`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKeyOf(caller)}`,
        'tollgate-tenant': tenant,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ decision, reason: "The vendor's books show it." }),
    });
    if (response.ok) {
      this.taken.push({ operation: id, decision, wrong });
      return true;
    }
    if (response.status === 409 || response.status === 503) return false;
    throw new Error(`a decision got ${response.status}: ${await response.text()}`);
  }
}
