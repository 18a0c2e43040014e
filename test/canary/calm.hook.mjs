// Loaded into a gateway's process: to its budgets every vendor works. They would otherwise stop the calls of a hostile one, whose
// responses are what is tested.
import { HeldGrant } from '../../dist/upstreams/budget/session/held.grant.js';

const outcome = Reflect.get(HeldGrant.prototype, 'outcome');
HeldGrant.prototype.outcome = function () {
  outcome.call(this, { kind: 'complete' });
};
