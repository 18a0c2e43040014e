import type { Import2Settings } from '../../../src/config/settings/import2.settings.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import type { SpidSettings } from '../../../src/config/settings/spid.settings.js';
import {
  type CallResponse,
  type CallOptions,
  startGateway,
  type TestGateway,
} from '../../support/gateway.js';
import { containerOf, ScriptedSpid } from '../spid.setup.js';

/** Calls SPiD `product_get`. */
export const CHECK = '/v1/users/42/entitlements/1337';
/** Calls SPiD `subscriptions_list`. */
export const SUBSCRIPTIONS = '/v1/users/42/subscriptions';
/** Calls SPiD `voucher_handout`. */
export const HANDOUT = '/v1/voucher-handouts';
export const HANDOUT_BODY = { userId: '42', voucherGroupId: '324673248' };

export const ACCESS = { productId: '1337', result: true };

interface WorldOptions {
  readonly spid?: Partial<SpidSettings>;
  readonly import2?: Partial<Import2Settings>;
  /** In place of SPiD's simulator, which is started for it. */
  readonly vendor?: ScriptedSpid;
  readonly env?: NodeJS.ProcessEnv;
}

/** A gateway with the tenants `demo` and `other`, which lead to the same accounts, and what it logs. */
export class BudgetWorld {
  readonly lines: string[] = [];
  #gateway: TestGateway | undefined;

  get gateway(): TestGateway {
    if (!this.#gateway) throw new Error('not started');
    return this.#gateway;
  }

  async start({ spid, import2, vendor, env = {} }: WorldOptions = {}): Promise<void> {
    const baseUrl = vendor && (await vendor.upstream.start());
    const own = baseUrl === undefined ? {} : { baseUrl };
    const settings = (demo: Settings): Settings => {
      const tenant = demo.tenants.get('demo')!;
      const both = {
        ...tenant,
        spid: { ...tenant.spid!, ...own, ...spid },
        import2: { ...tenant.import2!, ...import2 },
      };
      const tenants = new Map(['demo', 'other'].map((name) => [name, { ...both, name }]));
      const callers = demo.callers.map((caller) => ({ ...caller, tenants: ['demo', 'other'] }));
      return { ...demo, tenants, callers };
    };
    this.#gateway = await startGateway({
      settings,
      env,
      log: { write: (line) => void this.lines.push(line) },
    });
  }

  call(method: string, path: string, options: CallOptions & { tenant?: string } = {}): Promise<CallResponse> {
    const { tenant = 'demo', headers = {}, ...rest } = options;
    return this.gateway.call(method, path, { ...rest, headers: { 'tollgate-tenant': tenant, ...headers } });
  }

  check(tenant = 'demo', headers: Record<string, string> = {}): Promise<CallResponse> {
    return this.call('GET', CHECK, { tenant, headers });
  }

  handOut(idempotencyKey: string, headers: Record<string, string> = {}): Promise<CallResponse> {
    return this.call('POST', HANDOUT, { body: HANDOUT_BODY, idempotencyKey, headers });
  }

  /** Log lines with these members. */
  logged(members: Record<string, unknown>): Record<string, unknown>[] {
    return this.lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => Object.entries(members).every(([name, value]) => line[name] === value));
  }

  async close(): Promise<void> {
    await this.#gateway?.close();
  }
}

/** Grants every check. */
export function working(vendor: ScriptedSpid): void {
  vendor.respond(200, containerOf(ACCESS));
}

export function statuses(responses: readonly CallResponse[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of responses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
