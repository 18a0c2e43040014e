import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { BudgetModule } from '../budget/budget.module.js';
import { AXIOS_SETTINGS } from './socket/prepared.axios.js';
import { UpstreamChannels } from './upstream.channels.js';
import { UpstreamHealth } from './upstream.health.js';

@Module({
  imports: [HttpModule.register(AXIOS_SETTINGS), BudgetModule],
  providers: [UpstreamHealth, UpstreamChannels],
  exports: [UpstreamHealth, UpstreamChannels],
})
export class TransportModule {}
