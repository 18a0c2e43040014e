import type * as Swagger from '@nestjs/swagger';

const USED = [
  'ApiBody',
  'ApiExcludeController',
  'ApiExtension',
  'ApiHeader',
  'ApiOkResponse',
  'ApiOperation',
  'ApiParam',
  'ApiProduces',
  'ApiProperty',
  'ApiResponse',
  'ApiSecurity',
  'ApiServiceUnavailableResponse',
  'ApiTags',
] as const;

type Decorators = Pick<typeof Swagger, (typeof USED)[number]>;

/** One decorator at one place. */
interface Declaration {
  readonly name: keyof Decorators;
  readonly options: readonly unknown[];
  readonly target: readonly unknown[];
}

const declarations: Declaration[] = [];

const recorders = USED.map((name) => [
  name,
  (...options: unknown[]) =>
    (...target: unknown[]) =>
      void declarations.push({ name, options, target }),
]);

/**
 * Decorators of `@nestjs/swagger` that only record what they declare. A gateway serves `openapi/openapi.json`, and loads none of
 * that library's 600 files: only tests make the document, and apply the real decorators for it.
 */
export const {
  ApiBody,
  ApiExcludeController,
  ApiExtension,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiProperty,
  ApiResponse,
  ApiSecurity,
  ApiServiceUnavailableResponse,
  ApiTags,
} = Object.fromEntries(recorders) as Decorators;

/** Schema of a property of any JSON: `@nestjs/swagger` would otherwise write the type `object`. */
export const ANY_JSON = { oneOf: [{}] };

type Factory = (...options: readonly unknown[]) => (...target: readonly unknown[]) => void;

/** Makes metadata of `@nestjs/swagger` of everything that was declared, as its own decorators would have. */
export function applyDeclarations(swagger: Decorators): void {
  for (const { name, options, target } of declarations.splice(0)) {
    (swagger[name] as Factory)(...options)(...asItIsNow(target));
  }
}

/** A decorator may have put another function in place of a handler since. */
function asItIsNow([owner, member, descriptor]: Declaration['target']): readonly unknown[] {
  if (descriptor === undefined) return [owner, member];
  return [owner, member, Object.getOwnPropertyDescriptor(owner, member as string)];
}
