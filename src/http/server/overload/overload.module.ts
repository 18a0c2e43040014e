import { Module } from '@nestjs/common';
import { OverloadWatch } from './overload.watch.js';
import { ProcessProbe } from './process.probe.js';

@Module({ providers: [ProcessProbe, OverloadWatch], exports: [OverloadWatch] })
export class OverloadModule {}
