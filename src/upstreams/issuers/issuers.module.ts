import { Module } from '@nestjs/common';
import { Issuers } from './issuers.js';

@Module({ providers: [Issuers], exports: [Issuers] })
export class IssuersModule {}
