import { Module } from '@nestjs/common';
import { ProblemPagesController } from './pages/problem.pages.controller.js';

@Module({ controllers: [ProblemPagesController] })
export class OpenApiModule {}
