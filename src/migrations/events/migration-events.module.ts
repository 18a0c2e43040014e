import { Module } from '@nestjs/common';
import { AuthModule } from '../../http/auth/auth.module.js';
import { DatabaseModule } from '../../store/database/database.module.js';
import { Import2WebhooksController } from './import2-webhooks.controller.js';
import { MigrationEventsController } from './migration-events.controller.js';
import { MigrationEventRetention } from './migration.event.retention.js';
import { MigrationEventStore } from './migration.event.store.js';
import { MigrationEventsService } from './migration.events.service.js';
import { UnreadableEventStore } from './unreadable.event.store.js';
import { WebhookAuthentication } from './webhook.authentication.js';

/** Events of Import2. Imports the database's module, so that it shuts down before the database. */
@Module({
  imports: [DatabaseModule, AuthModule],
  controllers: [MigrationEventsController, Import2WebhooksController],
  providers: [
    WebhookAuthentication,
    MigrationEventStore,
    UnreadableEventStore,
    MigrationEventsService,
    MigrationEventRetention,
  ],
})
export class MigrationEventsModule {}
