import { HttpService } from '@nestjs/axios';
import { create } from 'axios';
import type { SettingsSource } from '../../../src/config/settings/settings.source.js';
import { ShutdownDeadline } from '../../../src/config/shutdown.deadline.js';
import type { AccountBudget } from '../../../src/upstreams/budget/budget.types.js';
import type { UpstreamBudgets } from '../../../src/upstreams/budget/upstream.budgets.js';
import { AXIOS_SETTINGS } from '../../../src/upstreams/transport/socket/prepared.axios.js';
import { UpstreamChannels } from '../../../src/upstreams/transport/upstream.channels.js';
import { OpenBudget } from './open.budget.js';

interface TestParts {
  readonly shutdown?: ShutdownDeadline;
  readonly budget?: AccountBudget;
}

/** Channels as Nest injects them, with budgets that admit every call. */
export function testChannels(
  source: SettingsSource,
  { shutdown = new ShutdownDeadline(), budget = new OpenBudget() }: TestParts = {},
): UpstreamChannels {
  const budgets = { of: () => budget } as unknown as UpstreamBudgets;
  return new UpstreamChannels(new HttpService(create(AXIOS_SETTINGS)), shutdown, source, budgets);
}
