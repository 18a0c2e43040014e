/**
 * `toString` and so on: class-transformer leaves fields with the name of what every object inherits out of a class, so that no
 * validation of the class sees them.
 */
export const INHERITED_NAMES: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));
