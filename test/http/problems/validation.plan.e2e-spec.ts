import type { Type } from '@nestjs/common';
import { Exclude, Expose, plainToInstance, Transform, Type as TypeOf } from 'class-transformer';
import { IsString, Length, ValidateBy, ValidateIf, ValidateNested, validate } from 'class-validator';
import { acceptedCopy, isAccepted } from '../../../src/http/problems/validation.plan.js';
import { CreateVoucherGroupDto } from '../../../src/vouchers/dto/create-voucher-group.dto.js';
import { HandOutVoucherDto } from '../../../src/vouchers/dto/hand-out-voucher.dto.js';
import { ListVoucherGroupsQueryDto } from '../../../src/vouchers/dto/list-voucher-groups-query.dto.js';
import { UpdateVoucherGroupDto } from '../../../src/vouchers/dto/update-voucher-group.dto.js';

const OPTIONS = {
  whitelist: true,
  forbidNonWhitelisted: true,
  stopAtFirstError: true,
  forbidUnknownValues: false,
};

/** Valid for some field and not for others. */
const VALUES: readonly unknown[] = [
  undefined,
  null,
  '',
  '42',
  '../42',
  'x'.repeat(300),
  'line\nend',
  '2026-11-26T12:00:00Z',
  'https://u:p@example.com/',
  0,
  1,
  -1,
  1.5,
  true,
  [],
  ['42'],
  {},
];

async function isValid(object: object): Promise<boolean> {
  return (await validate(object, OPTIONS)).length === 0;
}

class ConditionalDto {
  @IsString()
  @Length(2, 4)
  @ValidateIf(({ kind }: ConditionalDto) => kind === 'text')
  readonly text?: unknown;

  @IsString()
  readonly kind: unknown;
}

class ChildDto {
  @IsString()
  readonly name: unknown;
}

class ParentDto {
  @ValidateNested()
  readonly child: ChildDto;
}

class ItemsDto {
  @ValidateBy({ name: 'isList', validator: { validate: Array.isArray } }, { each: true })
  readonly items: unknown;
}

class AsyncDto {
  @ValidateBy({ name: 'later', validator: { validate: () => Promise.resolve(false) } })
  readonly text: unknown;
}

const FIELDS: readonly (readonly [Type<object>, Readonly<Record<string, unknown>>])[] = [
  [HandOutVoucherDto, { userId: '938029', voucherGroupId: '324673248' }],
  [CreateVoucherGroupDto, { title: 'Summer', type: 'free_access' }],
  [UpdateVoucherGroupDto, { title: 'Summer', isActive: true }],
  [ListVoucherGroupsQueryDto, { limit: '10', cursor: 'abc' }],
  [ConditionalDto, { kind: 'text', text: 'abc' }],
  [ConditionalDto, { kind: 'other', text: 7 }],
];

describe('the plan of a validation', () => {
  it.each(FIELDS)('accepts of %p what class-validator accepts, and nothing else', async (dto, fields) => {
    let accepted = 0;
    for (const name of [...Object.keys(fields), 'unknown', 'description']) {
      for (const value of [...VALUES, fields[name]]) {
        const object = plainToInstance(dto, { ...fields, [name]: value });
        const expected = await isValid(object);
        expect({ name, value, accepted: isAccepted(object) }).toEqual({ name, value, accepted: expected });
        accepted += Number(expected);
      }
    }
    // Otherwise nothing was compared but refusals.
    if (dto === HandOutVoucherDto || dto === ConditionalDto) expect(accepted).toBeGreaterThan(0);
  });

  it.each(FIELDS)('copies of %p what class-transformer copies, and what is valid', async (dto, fields) => {
    const copied = new Set<string>();
    for (const name of [...Object.keys(fields), 'unknown', '__proto__', 'constructor', 'toString']) {
      for (const value of [...VALUES, fields[name]]) {
        const plain = Object.fromEntries(Object.entries({ ...fields, [name]: value }));
        const copy = acceptedCopy(plain, dto);
        if (!copy) continue;
        copied.add(name);
        const object = plainToInstance(dto, plain);
        expect({ name, value, copy, valid: true }).toEqual({
          name,
          value,
          copy: object,
          valid: await isValid(object),
        });
        expect(Object.keys(copy)).toEqual(Object.keys(object));
        expect(Object.getPrototypeOf(copy)).toBe(dto.prototype);
      }
    }
    for (const name of copied) expect(Object.keys(fields)).toContain(name);
    if (dto === HandOutVoucherDto || dto === ConditionalDto) expect(copied.size).toBeGreaterThan(0);
  });

  it('copies nothing that class-transformer changes', () => {
    class TransformedDto {
      @Transform(({ value }) => Number(value))
      @IsString()
      readonly text: unknown;
    }
    class TypedDto {
      @TypeOf(() => Date)
      @IsString()
      readonly text: unknown;
    }
    class RenamedDto {
      @Expose({ name: 'other' })
      @IsString()
      readonly text: unknown;
    }
    class WithoutDto {
      @Exclude()
      @IsString()
      readonly text: unknown;
    }
    @Exclude()
    class NothingDto {
      @IsString()
      readonly text: unknown;
    }
    class PlainDto {
      @IsString()
      readonly text: unknown;
    }
    class InheritingDto extends TransformedDto {}
    for (const dto of [TransformedDto, TypedDto, RenamedDto, WithoutDto, NothingDto, InheritingDto]) {
      expect([dto.name, acceptedCopy({ text: 'a' }, dto)]).toEqual([dto.name, undefined]);
    }
    expect(acceptedCopy({ text: 'a' }, PlainDto)).toEqual({ text: 'a' });
    expect(acceptedCopy({ text: ['a'] }, PlainDto)).toBeUndefined();
    expect(acceptedCopy([], UpdateVoucherGroupDto)).toBeUndefined();
  });

  it.each([
    [ParentDto, { child: { name: 7 } }],
    [ItemsDto, { items: [7] }],
    [AsyncDto, { text: 'a' }],
    [class EmptyDto {}, {}],
  ])(
    'leaves nested objects, items, promises and DTOs without rules to class-validator: %p',
    (dto, fields) => {
      expect(isAccepted(plainToInstance(dto as Type<object>, fields))).toBe(false);
    },
  );
});
