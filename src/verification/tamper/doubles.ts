import { type Draft, groupBy } from "./draft.ts";
import type { JudgedChange } from "./read-change.ts";

/** Places that are there for tests, whatever a runner takes for a test file. */
const forTests =
  /(?:^|[/._-])(?:tests?|testing|__\w+__|specs?|e2e|mocks?|fixtures?|stories|bench(?:marks?)?|examples?|scripts?|tools?|conftest|harness|noxfile|setup|config)(?:[/._-]|$)|\.config\.[cm]?[jt]s$/i;

/** Production code that brings in what only tests use, or does something else when it is tested. */
export function assessDoubles(change: JudgedChange): Draft[] {
  return change.files
    .filter(({ path, isTest, wasTest }) => !isTest && !wasTest && !forTests.test(path))
    .flatMap(({ path, before, after }) => {
      if (!before || !after) return [];
      const known = new Set(before.traces.map(({ what }) => what));
      return groupBy(
        after.traces.filter(({ what }) => !known.has(what)),
        ({ what }) => what,
      ).flatMap(([first]): Draft[] =>
        first
          ? [
              {
                severity: first.severity,
                path,
                line: first.line,
                message: `production code has ${first.what}`,
              },
            ]
          : [],
      );
    });
}
