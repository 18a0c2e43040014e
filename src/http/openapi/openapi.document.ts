import type { INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { API_TAGS } from './api.tags.js';
import { withResponseHeaders } from './openapi.headers.js';
import { withNamedSchemas } from './openapi.named.js';
import { withOpenResponses } from './openapi.open.responses.js';
import { withPathParametersFirst, withSharedParameters } from './openapi.parameters.js';
import { addProblemResponses } from './openapi.problems.js';
import { withNamedScopes } from './openapi.scopes.js';

/**
 * Semantic version of the API, raised in the commit that changes the document: the minor part for additions, the major part,
 * with a new prefix of the paths, for anything that breaks a caller (docs/compatibility.md).
 */
export const API_VERSION = '1.1.0';

/** From what the decorators declare to what generators of clients need. The order counts. */
const STEPS: readonly ((document: OpenAPIObject) => OpenAPIObject)[] = [
  withNamedScopes,
  addProblemResponses,
  withResponseHeaders,
  withNamedSchemas,
  withOpenResponses,
  withPathParametersFirst,
  withSharedParameters,
];

/**
 * What every dialect of the document of the running gateway is made from. Read in one turn of the event loop, its decorators
 * would stop all other requests for 0.1 s: each module has a turn of its own.
 */
export async function createDocument(app: INestApplication): Promise<OpenAPIObject> {
  const config = configuration();
  const schemas: NonNullable<OpenAPIObject['components']>['schemas'] = {};
  let document: OpenAPIObject = { ...config, paths: {}, components: { ...config.components, schemas } };
  for (const { metatype, controllers } of app.get(ModulesContainer).values()) {
    if (controllers.size === 0) continue;
    await nextTurn();
    const part = SwaggerModule.createDocument(app, configuration(), {
      include: [metatype],
      operationIdFactory: (_controller, method) => method,
    });
    for (const [path, item] of Object.entries(part.paths)) {
      document.paths[path] = { ...document.paths[path], ...item };
    }
    // Where modules describe one differently, the first one counts, as if they were read together.
    Object.assign(schemas, { ...part.components?.schemas, ...schemas });
  }
  for (const step of STEPS) {
    await nextTurn();
    document = step(document);
  }
  return document;
}

function configuration(): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setTitle('Tollgate')
    .setVersion(API_VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addSecurity('key', {
      type: 'http',
      scheme: 'bearer',
      description: 'An API key of your service, or a token (JWT) of an issuer that the gateway knows.',
    });
  for (const [tag, description] of Object.entries(API_TAGS)) builder.addTag(tag, description);
  const { info, ...config } = builder.build();
  // The builder adds an empty contact.
  const { contact: _, ...described } = info;
  return { ...config, info: described };
}
