import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Open } from '../../http/auth/access.decorator.js';
import { ApiProblems } from '../../http/problems/api-problems.decorator.js';
import { TakesRawBody } from '../../http/server/raw.body.js';
import { Import2WebhookDto } from './dto/import2-webhook.dto.js';
import { MigrationEventsService } from './migration.events.service.js';
import { CurrentDelivery, type Delivery, WEBHOOK_BYTES_MAX } from './webhook.delivery.js';

/** Where Import2 calls us. Open to callers without a key, because the signature is the proof. */
@ApiTags('Migrations')
@Controller('webhooks/import2')
export class Import2WebhooksController {
  constructor(private readonly events: MigrationEventsService) {}

  @Post(':tenant')
  @HttpCode(202)
  @Open()
  @TakesRawBody(WEBHOOK_BYTES_MAX)
  @ApiOperation({
    operationId: 'receiveMigrationEvent',
    summary: 'Take an event that Import2 announces',
    description:
      'For Import2, not for callers: no key, but a signature, and a `timestamp` of the last seconds. Answers 202 ' +
      'once the event is stored; a repeat of a stored event changes nothing. A signed body that ' +
      'cannot be read is stored, encrypted, and answered 202 as well. Unknown tenants, tenants without a ' +
      'webhook, wrong signatures and old timestamps are all answered 401. Import2 never sends again: an event that ' +
      'is answered 503, or sent while the gateway cannot be reached, is lost, and reading the migration is the way ' +
      'to learn of it.',
  })
  @ApiParam({
    name: 'tenant',
    description: 'Name of the tenant.',
    schema: { type: 'string', maxLength: 64 },
    example: 'demo',
  })
  @ApiHeader({
    name: 'X-Authorization-Content-SHA256',
    required: false,
    description:
      "HMAC-SHA256 of the body's bytes under the tenant's webhook secret, in small hex digits. May be left out only " +
      'where the settings say that the tenant takes unsigned webhooks.',
    schema: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  })
  @ApiBody({ type: Import2WebhookDto })
  @ApiAcceptedResponse({ description: 'The event is stored.' })
  @ApiProblems('unauthenticated', 'rate-limited', 'ledger-unavailable', 'payload-too-large')
  receive(@CurrentDelivery() delivery: Delivery): Promise<void> {
    return this.events.receive(delivery);
  }
}
