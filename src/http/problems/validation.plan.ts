import type { ValidatorConstraintInterface } from 'class-validator';
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

type Plan = ReadonlyMap<string, PropertyRules>;

/** undefined: this DTO is left to class-validator. */
const plans = new Map<unknown, Plan | undefined>();

/**
 * Whether class-validator would accept the object, with its own rules, which it collects and sorts again for each object.
 * False: it has to be asked, and describes what is wrong.
 * @param object an instance of a DTO
 */
export function isAccepted(object: object): boolean {
  const { constructor } = object;
  if (!plans.has(constructor)) plans.set(constructor, planOf(constructor));
  const plan = plans.get(constructor);
  if (!plan || !Object.keys(object).every((name) => plan.has(name))) return false;
  for (const [property, rules] of plan) if (!holds(object, property, rules)) return false;
  return true;
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
  const plan = new Map<string, PropertyRules>();
  for (const metadata of storage.getTargetValidationMetadatas(dto, '', false, false)) {
    const { type, propertyName, constraints, constraintCls, each, validateIf } = metadata;
    const rules = plan.get(propertyName) ?? { conditions: [], rules: [] };
    plan.set(propertyName, rules);
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
  return plan.size === 0 ? undefined : plan;
}
