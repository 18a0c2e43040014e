import { Module } from '@nestjs/common';
import { TransportModule } from '../transport/transport.module.js';
import { SpidClients } from './spid.clients.js';

@Module({ imports: [TransportModule], providers: [SpidClients], exports: [SpidClients] })
export class SpidModule {}
