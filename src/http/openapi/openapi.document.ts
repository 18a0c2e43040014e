import type { INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LedgerRetention } from '../../config/settings/ledger.settings.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { API_TAGS } from './api.tags.js';
import { addProblemResponses } from './openapi.problems.js';
import { withNullTypes } from './openapi.nullable.js';
import { withResponseHeaders } from './openapi.headers.js';
import { withOpenResponses } from './openapi.open.responses.js';
import { withPathParametersFirst, withSharedParameters } from './openapi.parameters.js';

const description = ({ operationDays, keyDays }: LedgerRetention) => `One API in front of SPiD and Import2.

**Keys.** Send \`Authorization: Bearer <key>\`. A caller that belongs to more than one tenant names one in \`Tollgate-Tenant\`.

**Writes.** A write may have, and where marked must have, an \`Idempotency-Key\`. Every problem of a write reports its
\`outcome\`: \`not_executed\` (safe to repeat), \`executed\`, or \`unknown\` (never repeat it without checking first).

A repeat with the same key never executes the write again: it returns the first response with
\`Idempotent-Replayed: true\`, 409 while the first request is running, or the unknown outcome while it is unknown. A key
is honoured for ${daysOf(keyDays)}. Every write is an operation, which is stored for ${daysOf(operationDays)}. Both periods start
at the end of the operation; operations with an unknown outcome, and their keys, are kept for as long as it is unknown.
Read an operation at \`/v1/operations/{id}\`; a problem names this path in \`operation\`.

**Problems.** Every error is \`application/problem+json\` (RFC 9457); \`type\` is a page that explains what to do.

**Shapes.** Ids are strings, times are RFC 3339 in UTC, lists are \`{ "items": [...] }\`. New fields may be added to
responses at any time; ignore fields that you do not know.`;

/**
 * The OpenAPI 3.1 document of the running gateway. Read in one turn of the event loop, its decorators would stop all other
 * requests for 0.1 s: each module has a turn of its own.
 */
async function createDocument(app: INestApplication): Promise<OpenAPIObject> {
  const config = configOf(app);
  const schemas: NonNullable<OpenAPIObject['components']>['schemas'] = {};
  const document: OpenAPIObject = { ...config, paths: {}, components: { ...config.components, schemas } };
  for (const { metatype, controllers } of app.get(ModulesContainer).values()) {
    if (controllers.size === 0) continue;
    await nextTurn();
    const part = SwaggerModule.createDocument(app, configOf(app), {
      include: [metatype],
      operationIdFactory: (_controller, method) => method,
    });
    for (const [path, item] of Object.entries(part.paths)) {
      document.paths[path] = { ...document.paths[path], ...item };
    }
    // Where modules describe one differently, the first one counts, as if they were read together.
    Object.assign(schemas, { ...part.components?.schemas, ...schemas });
  }
  await nextTurn();
  const described = withResponseHeaders(addProblemResponses(document));
  const ordered = withSharedParameters(withPathParametersFirst(withOpenResponses(described)));
  return withNullTypes(ordered);
}

function configOf(app: INestApplication): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Tollgate')
    .setVersion('1')
    .setDescription(description(app.get(SettingsSource).current.ledger))
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'The gateway that serves this document')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description: 'An API key of your service, or a token (JWT) of an issuer that the gateway knows.',
      },
      'key',
    );
  for (const [tag, description] of Object.entries(API_TAGS)) builder.addTag(tag, description);
  return builder.build();
}

function daysOf(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}

/**
 * Serves the document at `/openapi.json`, and a page to browse it at `/docs` with all its assets. Builds it at its first
 * request, which takes 0.1 s of processor time; serializes it again after the retention in its description has changed.
 */
export function serveDocument(app: NestFastifyApplication): void {
  const settings = app.get(SettingsSource);
  let created: Promise<OpenAPIObject> | undefined;
  let made: { readonly description: string; readonly text: string } | undefined;
  const current = async (): Promise<string> => {
    created ??= createDocument(app);
    const document = await created;
    const now = description(settings.current.ledger);
    if (made?.description !== now) {
      const info = { ...document.info, description: now };
      made = { description: now, text: JSON.stringify({ ...document, info }) };
    }
    return made.text;
  };
  app
    .getHttpAdapter()
    .getInstance()
    .get('/openapi.json', async (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(await current()),
    );
  // The page loads the document by its URL: embedded in the page, it would be serialized for each visit.
  SwaggerModule.setup('docs', app, {} as OpenAPIObject, {
    raw: false,
    swaggerUrl: '/openapi.json',
    customSiteTitle: 'Tollgate API',
    // Without this the page calls a public service to validate the document.
    swaggerOptions: { validatorUrl: null },
  });
}
