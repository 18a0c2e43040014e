import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { UpstreamHealth } from './upstream.health.js';

@Module({ imports: [HttpModule], providers: [UpstreamHealth], exports: [HttpModule, UpstreamHealth] })
export class TransportModule {}
