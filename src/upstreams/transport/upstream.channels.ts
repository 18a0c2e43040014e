import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import type { Settings } from '../../config/settings/settings.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { ShutdownDeadline } from '../../config/shutdown.deadline.js';
import { type ClientOwner, countedAccount } from '../../config/vendor.limits.js';
import { requestContext } from '../../telemetry/request.context.js';
import { UpstreamBudgets } from '../budget/upstream.budgets.js';
import type { ChannelAccount } from './account.places.js';
import type { UpstreamChannelOptions } from './channel.options.js';
import { UpstreamChannel } from './upstream.channel.js';
import type { UpstreamName } from './upstream.errors.js';

export interface OpenedChannel extends Omit<UpstreamChannelOptions, 'msLeft' | 'account'> {
  /** The tenant, with the settings of this channel. */
  readonly owner: ClientOwner;
}

/** Opens the channels of this process. All of them draw on the budget of their account, and end before the shutdown. */
@Injectable()
export class UpstreamChannels {
  constructor(
    private readonly http: HttpService,
    private readonly shutdown: ShutdownDeadline,
    private readonly settings: SettingsSource,
    private readonly budgets: UpstreamBudgets,
  ) {}

  open({ owner, ...options }: OpenedChannel): UpstreamChannel {
    return new UpstreamChannel(this.http.axiosRef, {
      ...options,
      account: this.#accountOf(options.upstream, owner),
      msLeft: () => this.shutdown.msLeft(),
    });
  }

  /**
   * Finding out which tenants share an account takes a hash for each, so it is done once for each version of the settings.
   * Outside of the request that is the first: what the budget starts for an account outlives it.
   */
  #accountOf(upstream: UpstreamName, owner: ClientOwner): () => ChannelAccount {
    let known: { readonly settings: Settings; readonly account: ChannelAccount } | undefined;
    const accountIn = (settings: Settings): ChannelAccount => {
      const counted = countedAccount(upstream, owner, settings);
      if (!counted) throw new Error(`a channel to ${upstream} for a tenant without its settings`);
      return { budget: this.budgets.of(counted.account, counted.limits), limits: counted.limits };
    };
    return () => {
      const settings = this.settings.current;
      if (known?.settings !== settings) {
        known = { settings, account: requestContext.exit(accountIn, settings) };
      }
      return known.account;
    };
  }
}
