import { ApiBody, ApiHeader, ApiParam } from '../../http/api.decorators.js';
import type { RouteDocs } from '../../http/openapi/documented.decorator.js';
import { Import2WebhookDto } from './dto/import2-webhook.dto.js';
import { MigrationEventsDto } from './dto/migration-events.dto.js';

export const MIGRATION_EVENTS_DOCS = {
  list: {
    operationId: 'listMigrationEvents',
    summary: 'List the events of a migration',
    description:
      'Events that the upstream sent, oldest first, in the order in which they were received. The upstream ' +
      'does not guarantee an order: compare `occurredAt`. It sends each event once, without retries, so ' +
      'events may be missing: read the migration for its current status. The list is empty for a migration ' +
      'without events. Safe to repeat at any time.',
    returns: MigrationEventsDto,
    success: 'One page of events.',
    reads: 'ledger',
  },
} as const satisfies Record<string, RouteDocs>;

export const IMPORT2_WEBHOOKS_DOCS = {
  receive: {
    operationId: 'receiveMigrationEvent',
    summary: 'Receive an event from Import2',
    description:
      'Called by Import2, not by callers of the gateway: authenticated by a signature and a recent ' +
      '`timestamp` instead of a key. Returns 202 once the event is stored; a repeat of a stored event has no ' +
      'effect. A signed body that cannot be parsed is stored encrypted and returns 202 as well. Unknown ' +
      'tenants, tenants without a webhook, invalid signatures and old timestamps all return 401. Import2 ' +
      'does not retry: an event that gets 503, or is sent while the gateway cannot be reached, is lost; read ' +
      'the migration instead.',
    success: 'The event is stored.',
    internal: true,
    problems: ['unauthenticated', 'rate-limited', 'ledger-unavailable', 'payload-too-large'],
    also: [
      ApiBody({ type: Import2WebhookDto }),
      ApiHeader({
        name: 'X-Authorization-Content-SHA256',
        required: false,
        description:
          "HMAC-SHA256 of the bytes of the body with the tenant's webhook secret, in lowercase hex digits. " +
          'Optional only if the settings allow unsigned webhooks for the tenant.',
        schema: { type: 'string', pattern: '^[0-9a-f]{64}$' },
      }),
      ApiParam({
        name: 'tenant',
        description: 'Name of the tenant.',
        schema: { type: 'string', maxLength: 64, example: 'demo' },
      }),
    ],
  },
} as const satisfies Record<string, RouteDocs>;
