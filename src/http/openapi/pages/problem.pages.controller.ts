import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiExcludeController } from '../../api.decorators.js';
import { Open } from '../../auth/access.decorator.js';
import { ProblemError } from '../../problems/problem.error.js';
import { prefersHtml } from './html.preference.js';
import { closestProblem, htmlPage, isProblemSlug, plainPage, unknownPage } from './problem.pages.js';

/** The pages at the `type` of every problem: HTML for browsers, plain text for terminals and programs. */
@ApiExcludeController()
@Controller('docs/problems')
export class ProblemPagesController {
  @Get()
  @Open()
  list(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string {
    return respond(reply, accept, { html: () => htmlPage(), plain: () => plainPage() });
  }

  @Get(':slug')
  @Open()
  show(
    @Param('slug') slug: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string {
    if (!isProblemSlug(slug)) return respondUnknown(reply, accept, slug);
    return respond(reply, accept, { html: () => htmlPage(slug), plain: () => plainPage([slug]) });
  }
}

/** @throws ProblemError route-not-found, to all but browsers */
function respondUnknown(reply: FastifyReply, accept: string | undefined, slug: string): string {
  const meant = closestProblem(slug);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  if (!prefersHtml(accept)) throw new ProblemError('route-not-found', `There is no such problem.${hint}`);
  void reply.code(404);
  const html = () => unknownPage(meant);
  return respond(reply, accept, { html, plain: html });
}

interface Page {
  readonly html: () => string;
  readonly plain: () => string;
}

function respond(reply: FastifyReply, accept: string | undefined, { html, plain }: Page): string {
  const isHtml = prefersHtml(accept);
  void reply.header('vary', 'accept').type(`text/${isHtml ? 'html' : 'plain'}; charset=utf-8`);
  return isHtml ? html() : plain();
}
