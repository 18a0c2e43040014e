import type { OpenAPIObject } from '@nestjs/swagger';

export type OpenApiParameter = NonNullable<OpenAPIObject['paths'][string]['parameters']>[number];

export type OpenApiOperation = Record<string, unknown> & {
  responses: Record<string, unknown>;
  parameters?: OpenApiParameter[] | undefined;
  security?: Record<string, string[]>[] | undefined;
};

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

export function operationsOf(document: OpenAPIObject): OpenApiOperation[] {
  return Object.values(document.paths).flatMap((item) =>
    METHODS.flatMap((method) => (item[method] ? [item[method] as unknown as OpenApiOperation] : [])),
  );
}
