import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { ShutdownDeadline } from '../../config/shutdown.deadline.js';
import { UpstreamChannel, type UpstreamChannelOptions } from './upstream.channel.js';

/** Opens the channels of this process. All of them end their calls before its shutdown. */
@Injectable()
export class UpstreamChannels {
  constructor(
    private readonly http: HttpService,
    private readonly shutdown: ShutdownDeadline,
  ) {}

  open(options: Omit<UpstreamChannelOptions, 'msLeft'>): UpstreamChannel {
    return new UpstreamChannel(this.http.axiosRef, { ...options, msLeft: () => this.shutdown.msLeft() });
  }
}
