import type { RouteDocs } from '../http/openapi/documented.decorator.js';
import { MigrationPaymentDto } from './dto/migration-payment.dto.js';
import { MigrationToolsDto } from './dto/migration-tools.dto.js';
import { MigrationDto } from './dto/migration.dto.js';
import { MigrationsDto } from './dto/migrations.dto.js';
import { StartedMigrationDto } from './dto/started-migration.dto.js';
import { TokenImportDto } from './dto/token-import.dto.js';
import { TokenNamesDto } from './dto/token-names.dto.js';

export const MIGRATION_TOOLS_DOCS = {
  list: {
    operationId: 'listMigrationTools',
    summary: 'List the tools from which customers can be migrated',
    description: 'Safe to repeat at any time.',
    returns: MigrationToolsDto,
    success: 'The tools.',
    reads: 'upstream',
  },
} as const satisfies Record<string, RouteDocs>;

export const MIGRATIONS_DOCS = {
  create: {
    operationId: 'createMigration',
    summary: 'Start the migration of a customer',
    description:
      'Returns 201 with the URL to which the customer must be redirected. May take several seconds: the ' +
      'upstream checks the destination account first. Repeat it after `outcome: not_executed`. After ' +
      '`outcome: unknown`, list the migrations of the destination username first; a migration without a ' +
      'destination username cannot be found again.',
    returns: StartedMigrationDto,
    success: 'The started migration, with the URL for the customer.',
    location: 'Path of the migration.',
  },
  list: {
    operationId: 'listMigrations',
    summary: 'List the migrations of a user of the destination tool',
    description: 'Does not include cancelled or archived migrations. Safe to repeat at any time.',
    returns: MigrationsDto,
    success: 'The migrations of the user.',
    reads: 'upstream',
  },
  get: {
    operationId: 'getMigration',
    summary: 'Read the status of a migration',
    description: 'A cancelled or archived migration returns 404. Safe to repeat at any time.',
    returns: MigrationDto,
    success: 'The migration with its status.',
    reads: 'upstream',
    problems: ['migration-not-found'],
  },
  acceptPayment: {
    operationId: 'acceptMigrationPayment',
    summary: 'Accept the payment of a migration for the tenant',
    description:
      'The customer may then start the full migration; this call does not start it. Repeat it after ' +
      '`outcome: not_executed`. The upstream does not document what a second call does.',
    returns: MigrationPaymentDto,
    success: 'The payment is accepted.',
    problems: ['migration-not-found'],
  },
  rejectPayment: {
    operationId: 'rejectMigrationPayment',
    summary: 'Leave the payment of a migration to the customer',
    description:
      'Repeat it after `outcome: not_executed`. The upstream does not document what it does after the ' +
      'payment was accepted.',
    returns: MigrationPaymentDto,
    success: 'The payment is left to the customer.',
    problems: ['migration-not-found'],
  },
} as const satisfies Record<string, RouteDocs>;

export const TOKEN_IMPORTS_DOCS = {
  names: {
    operationId: 'listTokenNames',
    summary: 'List the token names that an import accepts',
    description: 'Safe to repeat at any time.',
    returns: TokenNamesDto,
    success: 'The token names.',
    reads: 'upstream',
  },
  import: {
    operationId: 'importTokens',
    summary: 'Import tokens under a name',
    description:
      'All tokens are sent in one call. Repeat it after `outcome: not_executed`. After `outcome: unknown`, a ' +
      'repeat may import them twice, and the upstream has no endpoint to check it. The upstream does not ' +
      'document how it treats unknown names and duplicates.',
    returns: TokenImportDto,
    success: 'The tokens were sent to the upstream.',
  },
} as const satisfies Record<string, RouteDocs>;
