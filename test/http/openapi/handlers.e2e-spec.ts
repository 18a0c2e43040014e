import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** A handler names its route, its scope and its operation; long prose belongs in the documentation file. */
const DECORATOR_LINES_MAX = 4;

/** A handler calls a service; decisions and mapping belong there. */
const BODY_LINES_MAX = 3;

interface Handler {
  readonly name: string;
  readonly decoratorLines: number;
  readonly bodyLines: number;
  readonly hasTry: boolean;
}

function handlersOf(file: string): Handler[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(ROOT, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  return source.statements.filter(ts.isClassDeclaration).flatMap((controller) =>
    controller.members.filter(ts.isMethodDeclaration).flatMap((method): Handler[] => {
      const decorators = ts.getDecorators(method) ?? [];
      const [first] = decorators;
      const last = decorators.at(-1);
      if (!first || !last || !method.body) return [];
      return [
        {
          name: `${controller.name?.text}.${method.name.getText()}`,
          decoratorLines: lineOf(last.end) - lineOf(first.getStart()) + 1,
          bodyLines: lineOf(method.body.end) - lineOf(method.body.getStart()) - 1,
          hasTry: method.body.statements.some(ts.isTryStatement),
        },
      ];
    }),
  );
}

describe('every handler', () => {
  const files = globSync('src/**/*.controller.ts', { cwd: ROOT });
  const handlers = files.flatMap(handlersOf);

  it('is found', () => expect(handlers.length).toBeGreaterThan(30));

  it(`has at most ${DECORATOR_LINES_MAX} lines of decorators`, () => {
    expect(handlers.filter(({ decoratorLines }) => decoratorLines > DECORATOR_LINES_MAX)).toEqual([]);
  });

  it(`has at most ${BODY_LINES_MAX} lines of body, without try`, () => {
    expect(handlers.filter(({ bodyLines, hasTry }) => bodyLines > BODY_LINES_MAX || hasTry)).toEqual([]);
  });
});
