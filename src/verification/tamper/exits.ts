import { cut, type Draft } from "./draft.ts";
import type { Exit } from "./model.ts";
import type { JudgedChange, JudgedFile } from "./read-change.ts";

/** Files that a runner of tests loads by their names. */
const loadedByRunner =
  /(?:^|[/.\-_])(?:test|spec)\.[cm]?[jt]sx?$|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest)\.py$|(?:^|\/)(?:vitest|jest|mocha|test)[.-]?setup[^/]*\.[cm]?[jt]s$|(?:^|\/)(?:vitest|jest|playwright)\.config\.[cm]?[jt]s$/i;

/** Whether a test run loads the file: by its name, or for its tests. */
const isLoaded = ({ path, isTest, after }: JudgedFile): boolean =>
  loadedByRunner.test(path) || (isTest && (after?.tests.length ?? 0) > 0);

/**
 * In a file of tests none is honest, but that some end what keeps the process alive after all tests (`review`). In
 * another, what stands before other statements, or in a file that others import, ends whoever loads it.
 */
function severityOf(file: JudgedFile, { isSure, isFollowed, isImportable }: Exit): Draft["severity"] | null {
  if (isLoaded(file)) return isSure ? "block" : "review";
  if (isSure && isFollowed) return "block";
  if (!isImportable) return null;
  return isSure && !file.path.endsWith(".py") ? "block" : "review";
}

/** Code that ends the process as a success while it is loaded: what was to run after it never does. */
export function assessExits(change: JudgedChange): Draft[] {
  return change.files.flatMap((file) => {
    const known = new Map<string, number>();
    for (const { text } of file.before?.exits ?? []) known.set(text, (known.get(text) ?? 0) + 1);
    return (file.after?.exits ?? []).flatMap((exit): Draft[] => {
      const left = known.get(exit.text) ?? 0;
      known.set(exit.text, left - 1);
      const severity = severityOf(file, exit);
      if (left > 0 || severity === null || !file.before) return [];
      const when = exit.isSure ? "whenever it is loaded" : "as if all were well";
      return [
        {
          severity,
          path: file.path,
          line: exit.line,
          message: `it ends the process ${when}: ${cut(show(exit))}`,
        },
      ];
    });
  });
}

const show = ({ text }: Exit): string =>
  text
    .replace(/\((?:Call|Member|Assignment)Expression |[()#]/g, "")
    .replace(/\s+/g, " ")
    .trim();
