import type * as ClassValidator from 'class-validator';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A file of class-validator, whose index loads 320: every validator there is, and the phone numbers of all countries. */
const file = (path: string) => require(`class-validator/cjs/${path}.js`) as typeof ClassValidator;

export const { ArrayMaxSize } = file('decorator/array/ArrayMaxSize');
export const { ArrayMinSize } = file('decorator/array/ArrayMinSize');
export const { ArrayUnique } = file('decorator/array/ArrayUnique');
export const { IsIn } = file('decorator/common/IsIn');
export const { ValidateBy } = file('decorator/common/ValidateBy');
export const { ValidateIf } = file('decorator/common/ValidateIf');
export const { ValidateNested } = file('decorator/common/ValidateNested');
export const { Max } = file('decorator/number/Max');
export const { Min } = file('decorator/number/Min');
export const { IsUrl } = file('decorator/string/IsUrl');
export const { Length } = file('decorator/string/Length');
export const { Matches } = file('decorator/string/Matches');
export const { IsArray } = file('decorator/typechecker/IsArray');
export const { IsBoolean } = file('decorator/typechecker/IsBoolean');
export const { IsInt } = file('decorator/typechecker/IsInt');
export const { IsObject } = file('decorator/typechecker/IsObject');
export const { IsString } = file('decorator/typechecker/IsString');
export const { getMetadataStorage } = file('metadata/MetadataStorage');
export const { ValidationTypes } = file('validation/ValidationTypes');
export const { Validator } = file('validation/Validator');
