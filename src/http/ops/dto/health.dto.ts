import { EnumField } from '../../fields/fields.js';

/** Deliberately without detail: anyone may ask. */
export class HealthDto {
  @EnumField({ name: 'HealthStatus', values: ['up', 'down'], description: 'Whether this process can serve.' })
  readonly status: 'up' | 'down';

  static of(up: boolean): HealthDto {
    return { status: up ? 'up' : 'down' };
  }
}
