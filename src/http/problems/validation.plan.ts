import type { Type } from '@nestjs/common';
import { TransformationType } from 'class-transformer';
import type { ValidatorConstraintInterface } from 'class-validator';
import { defaultMetadataStorage } from '../../config/fields/class.transformer.js';
import { getMetadataStorage, ValidationTypes } from '../../config/fields/class.validator.js';

interface Rule {
  readonly constraint: ValidatorConstraintInterface;
  readonly constraints: unknown[];
}

type Condition = (object: object, value: unknown) => boolean;

interface PropertyRules {
  /** Unless all of them hold, nothing else is checked. */
  readonly conditions: Condition[];
  readonly rules: Rule[];
}

interface Plan {
  readonly properties: ReadonlyMap<string, PropertyRules>;
  /** Whether class-transformer would only copy what is no object. */
  readonly isCopied: boolean;
}

/** undefined: this DTO is left to class-validator. */
const plans = new Map<unknown, Plan | undefined>();

/**
 * Whether class-validator would accept the object, with its own rules, which it collects and sorts again for each object.
 * False: it has to be asked, and describes what is wrong.
 * @param object an instance of a DTO
 */
export function isAccepted(object: object): boolean {
  const plan = planFor(object.constructor);
  return plan !== undefined && hasOnlyKnown(object, plan) && holdsAll(object, plan);
}

/**
 * What class-transformer and class-validator would make of a flat body or query without decorators of the former, which
 * both take longer for than all guards together. Undefined: they have to be asked.
 */
export function acceptedCopy(value: unknown, dto: Type<object>): object | undefined {
  const plan = planFor(dto);
  // Of a list, class-transformer makes a list.
  if (!plan?.isCopied || typeof value !== 'object' || value === null || Array.isArray(value))
    return undefined;
  if (!hasOnlyKnown(value, plan)) return undefined;
  const copy = new dto() as Record<string, unknown>;
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'object') return undefined;
    copy[name] = member;
  }
  return holdsAll(copy, plan) ? copy : undefined;
}

function hasOnlyKnown(object: object, { properties }: Plan): boolean {
  return Object.keys(object).every((name) => properties.has(name));
}

function holdsAll(object: object, { properties }: Plan): boolean {
  for (const [property, rules] of properties) if (!holds(object, property, rules)) return false;
  return true;
}

function planFor(dto: object['constructor']): Plan | undefined {
  if (!plans.has(dto)) plans.set(dto, planOf(dto));
  return plans.get(dto);
}

function holds(object: object, property: string, { conditions, rules }: PropertyRules): boolean {
  const value = (object as Record<string, unknown>)[property];
  if (!conditions.every((condition) => condition(object, value))) return true;
  const targetName = object.constructor.name;
  return rules.every(
    ({ constraint, constraints }) =>
      constraint.validate(value, { targetName, property, object, value, constraints }) === true,
  );
}

/** Only of rules that look at one value at once: no nested objects, no items, no promises. */
function planOf(dto: object['constructor']): Plan | undefined {
  const storage = getMetadataStorage();
  const properties = new Map<string, PropertyRules>();
  for (const metadata of storage.getTargetValidationMetadatas(dto, '', false, false)) {
    const { type, propertyName, constraints, constraintCls, each, validateIf } = metadata;
    const rules = properties.get(propertyName) ?? { conditions: [], rules: [] };
    properties.set(propertyName, rules);
    if (type === ValidationTypes.CONDITIONAL_VALIDATION) {
      rules.conditions.push((constraints as Condition[])[0] ?? (() => true));
      continue;
    }
    const checks = storage.getTargetValidatorConstraints(constraintCls);
    if (type !== ValidationTypes.CUSTOM_VALIDATION || each || validateIf || checks.length === 0)
      return undefined;
    for (const { async, instance } of checks) {
      if (async) return undefined;
      rules.rules.push({ constraint: instance, constraints });
    }
  }
  if (properties.size === 0) return undefined;
  return { properties, isCopied: [...properties.keys()].every((name) => isCopied(dto, name)) };
}

function isCopied(dto: object['constructor'], property: string): boolean {
  const declared = defaultMetadataStorage;
  return (
    declared.getStrategy(dto) === 'none' &&
    declared.findTypeMetadata(dto, property) === undefined &&
    declared.findExposeMetadata(dto, property) === undefined &&
    declared.findExcludeMetadata(dto, property) === undefined &&
    declared.findTransformMetadatas(dto, property, TransformationType.PLAIN_TO_CLASS).length === 0
  );
}
