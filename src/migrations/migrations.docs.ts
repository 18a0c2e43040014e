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
    summary: 'List the tools that customers can be moved from',
    description: 'Safe to repeat at any time.',
    returns: MigrationToolsDto,
    reads: 'upstream',
  },
} as const satisfies Record<string, RouteDocs>;

export const MIGRATIONS_DOCS = {
  create: {
    operationId: 'createMigration',
    summary: 'Start a migration of one customer',
    description:
      'Answers 201 with the address to which the customer must be sent. May take seconds: the upstream looks into ' +
      'the destination account first. Repeat it after `outcome: not_executed`. After `outcome: unknown` list the ' +
      'migrations of the destination username first; one without a destination username cannot be found again.',
    returns: StartedMigrationDto,
    location: 'Path of the migration.',
  },
  list: {
    operationId: 'listMigrations',
    summary: 'List the migrations of one user of the destination',
    description: 'Cancelled and archived migrations are not listed. Safe to repeat at any time.',
    returns: MigrationsDto,
    reads: 'upstream',
  },
  get: {
    operationId: 'getMigration',
    summary: 'Read where a migration stands',
    description: 'A migration that was cancelled or archived is not found. Safe to repeat at any time.',
    returns: MigrationDto,
    reads: 'upstream',
    problems: ['migration-not-found'],
  },
  acceptPayment: {
    operationId: 'acceptMigrationPayment',
    summary: 'Promise that the tenant pays for a migration',
    description:
      'The customer may then start the full migration; this call does not start it. Repeat it after ' +
      '`outcome: not_executed`. What a second promise does at the upstream is not documented.',
    returns: MigrationPaymentDto,
    problems: ['migration-not-found'],
  },
  rejectPayment: {
    operationId: 'rejectMigrationPayment',
    summary: 'Leave the payment of a migration to the customer',
    description:
      'Repeat it after `outcome: not_executed`. What it does after a promise to pay is not documented by the upstream.',
    returns: MigrationPaymentDto,
    problems: ['migration-not-found'],
  },
} as const satisfies Record<string, RouteDocs>;

export const TOKEN_IMPORTS_DOCS = {
  names: {
    operationId: 'listTokenNames',
    summary: 'List the names under which tokens can be imported',
    description: 'Safe to repeat at any time.',
    returns: TokenNamesDto,
    reads: 'upstream',
  },
  import: {
    operationId: 'importTokens',
    summary: 'Import tokens under a name',
    description:
      'All tokens go in one call. Repeat it after `outcome: not_executed`; after `outcome: unknown` a repeat may ' +
      'import them twice, and the upstream has no way to look. Unknown names and duplicates are not documented by it.',
    returns: TokenImportDto,
  },
} as const satisfies Record<string, RouteDocs>;
