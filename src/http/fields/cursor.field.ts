import { TextField } from './fields.js';

/** Longer than today's cursors, so that they can grow without a change of the API. */
const CURSOR_LENGTH_MAX = 128;

/** The `cursor` of a list: where the page before ended. */
export function CursorField({
  description,
  example,
}: Record<'description' | 'example', string>): PropertyDecorator {
  return TextField({ description, maxLength: CURSOR_LENGTH_MAX, optional: true, example });
}
