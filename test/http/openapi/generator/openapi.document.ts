import type { INestApplication } from '@nestjs/common';
import * as swagger from '@nestjs/swagger';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { SettingsSource } from '../../../../src/config/settings/settings.source.js';
import { applyDeclarations } from '../../../../src/http/api.decorators.js';
import { API_TAGS } from '../../../../src/http/openapi/api.tags.js';
import { apiDescription } from '../../../../src/http/openapi/openapi.description.js';
import { withNullTypes } from './openapi.null.types.js';
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

/** Generated clients take the address from here, and many cannot use a relative one. */
const SERVERS: NonNullable<OpenAPIObject['servers']> = [
  {
    url: 'https://{host}',
    description: 'Your deployment of the gateway.',
    variables: {
      host: {
        default: 'tollgate.example',
        description: 'Its host, with port and path prefix where it has them.',
      },
    },
  },
];

/** What `src/http/openapi/openapi.json` has to be, from what the decorators of the gateway declare. */
export function createDocument(app: INestApplication): OpenAPIObject {
  applyDeclarations(swagger);
  let document = SwaggerModule.createDocument(app, configuration(), {
    operationIdFactory: (_controller, method) => method,
  });
  for (const step of STEPS) document = step(document);
  const description = apiDescription(app.get(SettingsSource).current.ledger);
  const { paths, info, ...rest } = document;
  // In the order of the committed file, so that a rewritten one shows only what has changed.
  return withNullTypes({ ...rest, servers: SERVERS, paths, info: { ...info, description } });
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
