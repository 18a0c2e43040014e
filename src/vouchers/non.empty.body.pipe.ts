import { Injectable, type PipeTransform } from '@nestjs/common';
import { ProblemError } from '../http/problems/problem.error.js';

/** Refuses a body without fields. Runs after the validation of the fields. */
@Injectable()
export class NonEmptyBodyPipe implements PipeTransform<object, object> {
  transform(change: object): object {
    if (Object.values(change).some((each) => each !== undefined)) return change;
    throw new ProblemError('validation-failed', 'The request changes nothing.', {
      errors: [{ pointer: '', detail: 'must have at least one field' }],
    });
  }
}
