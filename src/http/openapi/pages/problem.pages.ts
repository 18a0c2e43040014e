import { closestWord } from '../../../config/closest.word.js';
import { PROBLEM_ADVICE } from '../../problems/problem.advice.js';
import { problemTypeOf } from '../../problems/problem.body.js';
import { PROBLEMS, type ProblemSlug } from '../../problems/problem.types.js';

const SLUGS = Object.keys(PROBLEMS) as ProblemSlug[];

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
  h2 { margin: 2rem 0 0; font-size: 1.1rem; }
  p { margin: .25rem 0; }
  code { background: #eee; padding: 0 .2rem; }
  .status { color: #666; }
`;

const HOME = '<a href="/docs">API of Tollgate</a>';

export function isProblemSlug(slug: string): slug is ProblemSlug {
  return Object.hasOwn(PROBLEMS, slug);
}

/** For terminals: one problem, or all of them. */
export function plainPage(slugs: readonly ProblemSlug[] = SLUGS): string {
  return slugs
    .map((slug) => {
      const { status, title } = PROBLEMS[slug];
      return `${slug} (${status})\n${title}.\n${PROBLEM_ADVICE[slug].replaceAll('`', '')}\n`;
    })
    .join('\n');
}

/** For browsers: one problem, or all of them in the order of their status. */
export function htmlPage(slug?: ProblemSlug): string {
  const heading = slug === undefined ? 'Problems' : PROBLEMS[slug].title;
  const way = slug === undefined ? HOME : `${HOME} · <a href="/docs/problems">all problems</a>`;
  const intro =
    slug === undefined
      ? '<p>Every error is <code>application/problem+json</code> (RFC 9457), whose <code>type</code> is one of these ' +
        'pages. On a write, <code>outcome</code> reports whether it was executed.</p>'
      : '';
  const sections = slug === undefined ? SLUGS.map(sectionOf) : [bodyOf(slug)];
  return pageOf(heading, way, `${intro}${sections.join('\n')}`);
}

/** For browsers, in place of the page of a problem that does not exist. @param meant from `closestProblem` */
export function unknownPage(meant?: ProblemSlug): string {
  const hint = meant === undefined ? '' : `<p>Did you mean ${linkTo(meant)}?</p>\n`;
  const list =
    '<p>The <a href="/docs/problems">list of all problems</a> has every one that this version can return.</p>';
  return pageOf('No such problem', HOME, `${hint}${list}`);
}

/** The problem that a misspelt slug most likely means. */
export function closestProblem(slug: string): ProblemSlug | undefined {
  return closestWord(slug, SLUGS) as ProblemSlug | undefined;
}

/** All but `heading` is HTML. */
function pageOf(heading: string, way: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(heading)} - Tollgate</title>
<link rel="icon" href="/docs/favicon.svg">
<style>${STYLE}</style>
</head>
<body>
<nav>${way}</nav>
<h1>${escaped(heading)}</h1>
${content}
</body>
</html>
`;
}

function sectionOf(slug: ProblemSlug): string {
  return `<h2 id="${slug}">${linkTo(slug)}</h2>\n${bodyOf(slug)}`;
}

function linkTo(slug: ProblemSlug): string {
  return `<a href="${problemTypeOf(slug)}">${escaped(PROBLEMS[slug].title)}</a>`;
}

function bodyOf(slug: ProblemSlug): string {
  const { status } = PROBLEMS[slug];
  const advice = escaped(PROBLEM_ADVICE[slug]).replaceAll(/`([^`]*)`/g, '<code>$1</code>');
  return `<p class="status"><code>${slug}</code>, status ${status}</p>\n<p>${advice}</p>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
