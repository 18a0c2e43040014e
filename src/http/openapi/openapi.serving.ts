import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { docsPage, serveHome, type DemoKey } from './pages/docs.page.js';
import { apiDescription } from './openapi.description.js';
import { asOpenApi30, withNullTypes } from './openapi.dialects.js';
import { createDocument } from './openapi.document.js';
import { withoutScopes } from './openapi.scopes.js';

/** Generated clients take the address from here, and many cannot use a relative one. */
const DEPLOYMENT: Pick<OpenAPIObject, 'servers'> = {
  servers: [
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
  ],
};

const SAME_HOST: Pick<OpenAPIObject, 'servers'> = {
  servers: [{ url: '/', description: 'The gateway that serves this document.' }],
};

/** The document of the page, which calls the gateway that it was loaded from. */
const DOCUMENT_OF_PAGE = '/docs/openapi.json';

/** One source: the dialects differ in how they spell null. */
const DOCUMENTS: Readonly<Record<string, (source: OpenAPIObject) => OpenAPIObject>> = {
  '/openapi.json': (source) => withNullTypes({ ...source, ...DEPLOYMENT }),
  '/openapi-3.0.json': (source) => asOpenApi30(withoutScopes({ ...source, ...DEPLOYMENT })),
  [DOCUMENT_OF_PAGE]: (source) => withNullTypes({ ...source, ...SAME_HOST }),
};

/**
 * Serves the documents, and a page to browse the API at `/docs` with all its assets. Builds them at the first request,
 * which takes 0.1 s of processor time; serializes each again after the retention in its description has changed.
 * `/` leads to the page.
 * @param demoKeys shown on the page
 */
export function serveDocuments(app: NestFastifyApplication, demoKeys: readonly DemoKey[] = []): void {
  const settings = app.get(SettingsSource);
  let source: Promise<OpenAPIObject> | undefined;
  for (const [path, dialect] of Object.entries(DOCUMENTS)) {
    let made: { readonly description: string; readonly text: string } | undefined;
    const current = async (): Promise<string> => {
      source ??= createDocument(app);
      const { info, ...document } = await source;
      const description = apiDescription(settings.current.ledger);
      if (made?.description !== description) {
        const text = JSON.stringify(dialect({ ...document, info: { ...info, description } }));
        made = { description, text };
      }
      return made.text;
    };
    app
      .getHttpAdapter()
      .getInstance()
      .get(path, async (_request, reply) =>
        reply.type('application/json; charset=utf-8').send(await current()),
      );
  }
  serveHome(app.getHttpAdapter().getInstance());
  SwaggerModule.setup('docs', app, {} as OpenAPIObject, docsPage(DOCUMENT_OF_PAGE, demoKeys));
}
