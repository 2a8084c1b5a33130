import { cut, type Draft } from "./draft.ts";
import type { JudgedChange } from "./read-change.ts";

/** Where a runner of tests is told where to leave its report. */
const configuration =
  /\.config\.[cm]?[jt]s$|(?:^|\/)(?:\.mocharc|noxfile|gulpfile|gruntfile|karma\.conf|wdio\.conf)[^/]*$/i;

/** Code that names the report of a check: only the runner of the tests is to write it. */
export function assessReports(change: JudgedChange): Draft[] {
  const reports = change.reports.map((path) => path.replace(/^(?:\.\/)+/, ""));
  const names = reports.map((path) => path.slice(path.lastIndexOf("/") + 1));
  const isNamed = (text: string) => names.includes(text.replaceAll("\\", "/").split("/").at(-1) ?? "");
  if (reports.length === 0) return [];
  return change.files.flatMap(({ path, before, after }): Draft[] => {
    if (!before || !after || configuration.test(path)) return [];
    const known = before.fileNames.filter(({ text }) => isNamed(text)).length;
    const [first, ...more] = after.fileNames.filter(({ text }) => isNamed(text));
    if (!first || more.length + 1 <= known) return [];
    return [
      {
        severity: "review",
        path,
        line: first.line,
        message: `it names the report of a check, which only the tests' runner writes: ${cut(first.text)}`,
      },
    ];
  });
}
