import type { OpenAPIObject } from '@nestjs/swagger';
import { asOpenApi30 } from '../../../src/http/openapi/openapi30.js';
import { withNullTypes } from './generator/openapi.null.types.js';

const word = { $ref: '#/components/schemas/Word' };

function documentOf(properties: object): OpenAPIObject {
  const schemas = { Word: { type: 'string' }, Thing: { type: 'object', properties } } as never;
  return { openapi: '3.1.0', info: { title: 't', version: '1' }, paths: {}, components: { schemas } };
}

function propertiesOf(document: OpenAPIObject): object {
  const thing = document.components?.schemas?.['Thing'];
  return thing && 'properties' in thing ? (thing.properties ?? {}) : {};
}

const PROPERTIES = {
  text: { type: 'string', nullable: true, description: 'Why.', example: { nullable: true } },
  word: { nullable: true, allOf: [word], description: 'Which.' },
  choice: { type: 'string', nullable: true, enum: ['a'] },
  any: { nullable: true, description: 'Any JSON.' },
  plain: { type: 'string', nullable: false },
  nullable: { type: 'boolean' },
};

describe('the dialects of the document', () => {
  it('has null among the types in 3.1', () => {
    const document = withNullTypes(documentOf(PROPERTIES));
    expect(document.openapi).toBe('3.1.0');
    expect(propertiesOf(document)).toEqual({
      text: { type: ['string', 'null'], description: 'Why.', example: { nullable: true } },
      word: { anyOf: [word, { type: 'null' }], description: 'Which.' },
      choice: { type: ['string', 'null'], enum: ['a', null] },
      any: { description: 'Any JSON.' },
      plain: { type: 'string' },
      nullable: { type: 'boolean' },
    });
  });

  it('has nullable with a type beside it in 3.0.3', () => {
    const document = asOpenApi30(withNullTypes(documentOf(PROPERTIES)));
    expect(document.openapi).toBe('3.0.3');
    expect(propertiesOf(document)).toEqual({
      ...PROPERTIES,
      word: { ...PROPERTIES.word, type: 'string' },
      choice: { ...PROPERTIES.choice, enum: ['a', null] },
      any: { description: 'Any JSON.' },
      plain: { type: 'string' },
    });
  });

  it('refuses a nullable schema of which a part would be lost', () => {
    const both = { nullable: true, allOf: [word, { type: 'string' }] };
    expect(() => withNullTypes(documentOf({ both }))).toThrow('exactly one reference');
  });
});
