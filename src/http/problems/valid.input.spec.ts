import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { Allow, IsIn, ValidateIf } from 'class-validator';
import { assertEveryInputIsValidated } from './declared.validation.check.js';
import { QueryValidationPipe, ValidBody, ValidQuery } from './valid.input.js';

class Words {
  @IsIn(['a', 'b'])
  @ValidateIf((_, value) => value !== undefined)
  readonly word?: string;

  @Allow()
  readonly limit: number = 50;
}

class Needed {
  @IsIn(['a'])
  readonly word: string;
}

class Stamped {
  static made = 0;

  @Allow()
  readonly at: number = (Stamped.made += 1);
}

describe('QueryValidationPipe', () => {
  const pipe = new QueryValidationPipe();
  const validate = (value: unknown, metatype: new () => unknown) =>
    Promise.resolve().then(() => pipe.transform(value, { type: 'query', metatype }));

  it('returns a DTO with its defaults for a query without parameters, a new one each time', async () => {
    const [first, second, third] = [
      await validate({}, Words),
      await validate(Object.create(null), Words),
      await validate({}, Words),
    ];
    expect(first).toEqual({ limit: 50 });
    for (const each of [second, third]) expect(each).toEqual(first);
    expect(third).toBeInstanceOf(Words);
    expect(third).not.toBe(second);
  });

  it('refuses what is not valid after one that was, and a missing parameter each time', async () => {
    await validate({}, Words);
    await expect(validate({ word: 'c' }, Words)).rejects.toMatchObject({ slug: 'validation-failed' });
    await expect(validate({ other: 'a' }, Words)).rejects.toMatchObject({ slug: 'validation-failed' });
    for (const _ of [1, 2, 3]) {
      await expect(validate({}, Needed)).rejects.toMatchObject({ slug: 'validation-failed' });
    }
  });

  it('validates each empty query of a DTO whose defaults differ', async () => {
    await validate({}, Stamped);
    const made = Stamped.made;
    await validate({}, Stamped);
    // The validation makes one and the comparison another.
    expect(Stamped.made).toBe(made + 2);
  });
});

describe('assertEveryInputIsValidated', () => {
  @Controller()
  class Good {
    @Post()
    write(@ValidBody() body: Words): Words {
      return body;
    }

    @Get()
    read(@ValidQuery() query: Words): Words {
      return query;
    }
  }

  @Controller()
  class BareBody {
    @Post()
    write(@Body() body: Words): Words {
      return body;
    }
  }

  @Controller()
  class BareField extends Good {
    @Get('other')
    other(@Query('word') word: string): string {
      return word;
    }
  }

  const check = (...controllers: (new () => unknown)[]) =>
    assertEveryInputIsValidated(
      new Map([
        ['module', { controllers: new Map(controllers.map((metatype) => [metatype, { metatype }])) }],
      ]) as unknown as ModulesContainer,
    );

  it('accepts bodies and queries that are validated', () => expect(() => check(Good)).not.toThrow());

  it('names every handler that takes one bare', () => {
    expect(() => check(Good, BareBody, BareField)).toThrow(/: BareBody\.write, BareField\.other\.$/);
  });
});
