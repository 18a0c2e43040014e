import { HttpService } from '@nestjs/axios';
import { create } from 'axios';
import { ShutdownDeadline } from '../../../src/config/shutdown.deadline.js';
import { UpstreamChannels } from '../../../src/upstreams/transport/upstream.channels.js';

/** Channels as Nest injects them. */
export function testChannels(shutdown = new ShutdownDeadline()): UpstreamChannels {
  return new UpstreamChannels(new HttpService(create()), shutdown);
}
