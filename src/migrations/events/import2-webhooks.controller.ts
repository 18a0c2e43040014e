import { Controller, HttpCode, Post } from '@nestjs/common';
import { Open } from '../../http/auth/access.decorator.js';
import { Documented } from '../../http/openapi/documented.decorator.js';
import { TakesRawBody } from '../../http/server/body/raw.body.js';
import { IMPORT2_WEBHOOKS_DOCS } from './migration.events.docs.js';
import { MigrationEventsService } from './migration.events.service.js';
import { CurrentDelivery, type Delivery, WEBHOOK_BYTES_MAX } from './webhook.delivery.js';

/** Receives webhooks of Import2. Open to callers without a key: the signature authenticates them. */
@Documented('Migrations', IMPORT2_WEBHOOKS_DOCS)
@Controller('webhooks/import2')
export class Import2WebhooksController {
  constructor(private readonly events: MigrationEventsService) {}

  @Post(':tenant')
  @HttpCode(202)
  @Open()
  @TakesRawBody(WEBHOOK_BYTES_MAX)
  receive(@CurrentDelivery() delivery: Delivery): Promise<void> {
    return this.events.receive(delivery);
  }
}
