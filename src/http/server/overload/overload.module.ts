import { Module } from '@nestjs/common';
import { RequestsInFlight } from '../requests.in.flight.js';
import { OverloadWatch } from './overload.watch.js';
import { ProcessProbe } from './process.probe.js';

@Module({
  providers: [ProcessProbe, OverloadWatch, RequestsInFlight],
  exports: [OverloadWatch, RequestsInFlight],
})
export class OverloadModule {}
