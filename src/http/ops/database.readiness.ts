import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../store/database.js';
import { Readiness } from './readiness.js';

/** Without its database the gateway refuses writes, so load balancers should prefer another replica. */
@Injectable()
export class DatabaseReadiness implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.readiness.addCheck('database', () => this.database.ping());
  }
}
