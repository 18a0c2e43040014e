import { ApiBody, ApiHeader, ApiParam } from '@nestjs/swagger';
import type { RouteDocs } from '../../http/openapi/documented.decorator.js';
import { Import2WebhookDto } from './dto/import2-webhook.dto.js';
import { MigrationEventsDto } from './dto/migration-events.dto.js';

export const MIGRATION_EVENTS_DOCS = {
  list: {
    operationId: 'listMigrationEvents',
    summary: 'List what the upstream announced about a migration',
    description:
      'Oldest first, in the order of arrival; compare `occurredAt`, because the upstream promises no order. It sends ' +
      'each event once and never again, so some may be missing: read the migration to be sure where it stands. The ' +
      'list of a migration that nothing was announced about is empty. Safe to repeat at any time.',
    returns: MigrationEventsDto,
    reads: 'ledger',
  },
} as const satisfies Record<string, RouteDocs>;

export const IMPORT2_WEBHOOKS_DOCS = {
  receive: {
    operationId: 'receiveMigrationEvent',
    summary: 'Take an event that Import2 announces',
    description:
      'For Import2, not for callers: no key, but a signature, and a `timestamp` of the last seconds. Answers 202 ' +
      'once the event is stored; a repeat of a stored event changes nothing. A signed body that ' +
      'cannot be read is stored, encrypted, and answered 202 as well. Unknown tenants, tenants without a ' +
      'webhook, wrong signatures and old timestamps are all answered 401. Import2 never sends again: an event that ' +
      'is answered 503, or sent while the gateway cannot be reached, is lost, and reading the migration is the way ' +
      'to learn of it.',
    success: 'The event is stored.',
    problems: ['unauthenticated', 'rate-limited', 'ledger-unavailable', 'payload-too-large'],
    also: [
      ApiBody({ type: Import2WebhookDto }),
      ApiHeader({
        name: 'X-Authorization-Content-SHA256',
        required: false,
        description:
          "HMAC-SHA256 of the body's bytes under the tenant's webhook secret, in small hex digits. May be left out only " +
          'where the settings say that the tenant takes unsigned webhooks.',
        schema: { type: 'string', pattern: '^[0-9a-f]{64}$' },
      }),
      ApiParam({
        name: 'tenant',
        description: 'Name of the tenant.',
        schema: { type: 'string', maxLength: 64 },
        example: 'demo',
      }),
    ],
  },
} as const satisfies Record<string, RouteDocs>;
