import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_GUARD, ModulesContainer } from '@nestjs/core';
import { SharedStateModule } from '../../store/state/shared.state.module.js';
import { IssuersModule } from '../../upstreams/issuers/issuers.module.js';
import { CallerDirectory } from './caller.directory.js';
import { CallerGuard } from './caller.guard.js';
import { assertEveryRouteDeclaresAccess } from './declared.access.check.js';
import { FailedAttempts } from './failed.attempts.js';

/** Identifies callers. Import it before ThrottlingModule: global guards run in the order of their modules. */
@Module({
  imports: [SharedStateModule, IssuersModule],
  providers: [CallerDirectory, { provide: APP_GUARD, useClass: CallerGuard }, FailedAttempts],
  exports: [FailedAttempts],
})
export class AuthModule implements OnApplicationBootstrap {
  constructor(private readonly modules: ModulesContainer) {}

  onApplicationBootstrap(): void {
    assertEveryRouteDeclaresAccess(this.modules);
  }
}
