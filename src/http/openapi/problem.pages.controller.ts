import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Open } from '../auth/access.decorator.js';
import { ProblemError } from '../problems/problem.error.js';
import { PROBLEM_ADVICE } from '../problems/problem.advice.js';
import { PROBLEMS, type ProblemSlug } from '../problems/problem.types.js';

/** The pages at the `type` of every problem; plain text, because they are often read in a terminal. */
@ApiExcludeController()
@Controller('docs/problems')
export class ProblemPagesController {
  @Get()
  @Open()
  @Header('content-type', 'text/plain; charset=utf-8')
  list(): string {
    return Object.keys(PROBLEMS)
      .map((slug) => pageOf(slug as ProblemSlug))
      .join('\n');
  }

  @Get(':slug')
  @Open()
  @Header('content-type', 'text/plain; charset=utf-8')
  show(@Param('slug') slug: string): string {
    if (!Object.hasOwn(PROBLEMS, slug))
      throw new ProblemError('route-not-found', 'There is no such problem.');
    return pageOf(slug as ProblemSlug);
  }
}

function pageOf(slug: ProblemSlug): string {
  const { status, title } = PROBLEMS[slug];
  return `${slug} (${status})\n${title}.\n${PROBLEM_ADVICE[slug].replaceAll('`', '')}\n`;
}
