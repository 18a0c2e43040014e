import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_FILTER, ModulesContainer } from '@nestjs/core';
import { assertEveryInputIsValidated } from './declared.validation.check.js';
import { ProblemFilter } from './problem.filter.js';

@Module({ providers: [{ provide: APP_FILTER, useClass: ProblemFilter }] })
export class ProblemsModule implements OnApplicationBootstrap {
  constructor(private readonly modules: ModulesContainer) {}

  onApplicationBootstrap(): void {
    assertEveryInputIsValidated(this.modules);
  }
}
