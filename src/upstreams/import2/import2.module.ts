import { Module } from '@nestjs/common';
import { TransportModule } from '../transport/transport.module.js';
import { Import2Clients } from './import2.clients.js';

@Module({ imports: [TransportModule], providers: [Import2Clients], exports: [Import2Clients] })
export class Import2Module {}
