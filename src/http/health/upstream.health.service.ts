import { Injectable } from '@nestjs/common';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { countedAccount } from '../../config/vendor.limits.js';
import { UPSTREAM_NAMES } from '../../config/upstream.names.js';
import { BudgetMonitor } from '../../upstreams/budget/metrics/budget.monitor.js';
import { UpstreamHealth, type UpstreamState } from '../../upstreams/transport/upstream.health.js';
import type { Caller } from '../auth/caller.js';
import { visibleTenants } from '../auth/visible.tenants.js';
import { UpstreamBudgetDto } from './dto/upstream-budget.dto.js';
import { SettingsStateDto, UpstreamHealthDto, UpstreamHealthListDto } from './dto/upstream-health.dto.js';

/** State of upstreams and settings in this process, limited to the tenants that a caller may see. */
@Injectable()
export class UpstreamHealthService {
  constructor(
    private readonly upstreams: UpstreamHealth,
    private readonly budgets: BudgetMonitor,
    private readonly settings: SettingsSource,
  ) {}

  list(caller: Caller): UpstreamHealthListDto {
    const visible = visibleTenants(caller, this.settings.current);
    return {
      items: this.#states(visible).map((state) => UpstreamHealthDto.from(state)),
      budgets: this.#budgetsOf(visible),
      settings: SettingsStateDto.from(this.settings.state, visible === 'all'),
    };
  }

  #states(visible: ReadonlySet<string> | 'all'): UpstreamState[] {
    const tenants = [...this.settings.current.tenants.values()];
    const seen = tenants.filter(({ name }) => visible === 'all' || visible.has(name));
    return seen.flatMap((tenant) =>
      UPSTREAM_NAMES.filter((upstream) => tenant[upstream] !== undefined).map((upstream) =>
        this.upstreams.of(tenant.name, upstream),
      ),
    );
  }

  /** The numbers of an account are those of all its tenants together: they would reveal the traffic of the others. */
  #budgetsOf(visible: ReadonlySet<string> | 'all'): UpstreamBudgetDto[] {
    const tenantsOf = this.#tenantsOfAccounts();
    return this.budgets.all().flatMap((budget) => {
      const tenants = tenantsOf.get(budget.account) ?? [];
      const isVisible =
        visible === 'all' || (tenants.length > 0 && tenants.every((name) => visible.has(name)));
      return isVisible ? [UpstreamBudgetDto.from(budget, tenants)] : [];
    });
  }

  #tenantsOfAccounts(): Map<string, string[]> {
    const { current } = this.settings;
    const pairs = [...current.tenants.values()].flatMap((tenant) =>
      UPSTREAM_NAMES.map(
        (upstream) => [countedAccount(upstream, tenant, current)?.account, tenant.name] as const,
      ),
    );
    const tenants = new Map<string, string[]>();
    for (const [account, tenant] of pairs) {
      if (account !== undefined) tenants.set(account, [...(tenants.get(account) ?? []), tenant]);
    }
    return tenants;
  }
}
