import { count, cut, type Draft, groupBy } from "./draft.ts";
import type { Remark } from "./model.ts";
import type { JudgedChange, JudgedFile } from "./read-change.ts";

interface Suppression {
  /** What is silenced: types, lint, coverage, security. */
  readonly family: string;
  /** A whole file, or all rules of a line. */
  readonly broad: boolean;
  readonly line: number;
  readonly text: string;
}

/** What silences a tool, by the beginning of a comment: `rest` is what it names. */
const marks: readonly {
  readonly family: string;
  readonly python?: true;
  readonly pattern: RegExp;
  readonly broad: (rest: string, whole: string) => boolean;
}[] = [
  {
    family: "types",
    pattern: /^[\s*/]*@ts-(nocheck|ignore|expect-error)\b/,
    broad: (rest) => rest === "nocheck",
  },
  {
    family: "lint",
    pattern: /^[\s*]*(?:eslint|oxlint)-disable(?:-next-line|-line)?(?![\w-])(.*)/s,
    broad: (rest, whole) => rest.replace(/\s--\s.*$/s, "").trim() === "" || !/-line/.test(whole),
  },
  {
    family: "lint",
    pattern: /^[\s*]*biome-ignore(?:-all|-start)?(?![\w-])(.*)/s,
    broad: (_, whole) => /-all/.test(whole),
  },
  {
    family: "lint",
    pattern: /^\s*(?:tslint:disable|standard-disable|jshint ignore|deno-lint-ignore)(.*)/s,
    broad: (rest) => rest.trim() === "",
  },
  {
    family: "coverage",
    pattern: /^[\s*!]*(?:istanbul|c8|v8|node:coverage)\s+(?:ignore|disable)\b(.*)/s,
    broad: (rest) => /file|start/.test(rest),
  },
  { family: "types", python: true, pattern: /^\s*type:\s*ignore\b(.*)/s, broad: () => false },
  {
    family: "types",
    python: true,
    pattern: /^\s*(?:mypy:\s*ignore-errors|pyright:\s*(?:ignore|basic)|mypy:\s*disable-error-code)(.*)/s,
    broad: (_, whole) => !/pyright:\s*ignore/.test(whole),
  },
  {
    family: "lint",
    python: true,
    pattern: /^\s*(?:flake8:|ruff:)?\s*noqa\b(.*)/is,
    broad: (rest, whole) => /flake8|ruff/i.test(whole) || !/^\s*:\s*\w/.test(rest),
  },
  {
    family: "lint",
    python: true,
    pattern: /^\s*pylint:\s*(?:disable(?:-next)?|skip-file)(.*)/s,
    broad: (rest, whole) => /skip-file/.test(whole) || /\ball\b/.test(rest),
  },
  {
    family: "coverage",
    python: true,
    pattern: /^\s*pragma:\s*no\s*(?:cover|branch)\b(.*)/s,
    broad: () => false,
  },
  { family: "security", python: true, pattern: /^\s*(?:nosec|nosemgrep)\b(.*)/s, broad: () => false },
];

function readSuppression({ text, line }: Remark, isPython: boolean): Suppression[] {
  // Two may stand in one comment of Python, each behind its own mark.
  return text
    .slice(0, 500)
    .split(isPython ? "#" : "\0")
    .flatMap((part) => {
      for (const { family, python = false, pattern, broad } of marks) {
        if (python !== isPython) continue;
        const match = pattern.exec(part);
        if (match)
          return [
            {
              family,
              broad: broad((match[1] ?? "").replace(/\*\/$/, ""), match[0]),
              line,
              text: part.trim().split("\n")[0] ?? "",
            },
          ];
      }
      return [];
    });
}

const suppressionsOf = (file: JudgedFile, side: "before" | "after"): Suppression[] =>
  (file[side]?.comments ?? []).flatMap((comment) => readSuppression(comment, /\.pyi?$/.test(file.path)));

/** Takes from `all` what `known` has too, each once. */
function without(
  all: readonly Suppression[],
  known: readonly Suppression[],
  key: (one: Suppression) => string,
): Suppression[] {
  const counts = new Map<string, number>();
  for (const one of known) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1);
  return all.filter((one) => {
    const left = counts.get(key(one)) ?? 0;
    counts.set(key(one), left - 1);
    return left <= 0;
  });
}

/** Comments that tell a type checker, a linter or a coverage tool to look away, more of them than there were. */
export function assessSuppressions(change: JudgedChange): Draft[] {
  const files = change.files.filter(({ before, after }) => before && after);
  const all = (side: "before" | "after") =>
    files.flatMap((file) => suppressionsOf(file, side).map((one) => ({ ...one, file })));
  const [before, after] = [all("before"), all("after")];
  const same = without(after, before, ({ family, text }) => `${family}:${text}`) as typeof after;
  const gone = without(before, after, ({ family, text }) => `${family}:${text}`);
  // One that took another's place in its file, and silences no more than that did, is no new one.
  const added = files.flatMap((file) => {
    const mine = same.filter((one) => one.file === file);
    const old = gone.filter((one) => (one as (typeof before)[number]).file === file);
    return without(
      without(mine, old, ({ family, broad }) => `${family}:${broad}`),
      old.filter(({ broad }) => broad),
      ({ family }) => family,
    ) as typeof after;
  });
  const drafts = added.map(({ family, broad, line, text, file }) => {
    const isMinor =
      file.isTest || (family === "lint" && !broad) || (family === "types" && /\[[\w, -]+\]/.test(text));
    const severity: Draft["severity"] = isMinor && !(broad && !file.isTest) ? "note" : "review";
    return { severity, path: file.path, line, family, text };
  });
  return groupBy(drafts, ({ path, severity, family }) => `${path}:${severity}:${family}`).map(
    (same): Draft => {
      const { severity, path, line, family, text } = same[0] as (typeof drafts)[number];
      const what = family === "coverage" ? "code kept out of coverage by" : `${family} findings silenced by`;
      return {
        severity,
        path,
        line,
        message: `${what} ${count(same.length, "comment")} more, such as: ${cut(text)}`,
      };
    },
  );
}
