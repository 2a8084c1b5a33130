import type { Expectation } from "./record.ts";
import type { ScopeEntry, TargetEntry } from "./scope-entry.ts";

const longestEntry = 300;

/** What an entry of a scope asks for; nothing for a list, whose entries stand on their own. */
export function expectationOf(entry: ScopeEntry): Expectation | null {
  switch (entry.kind) {
    case "list":
    case "list-in-string":
      return null;
    case "object":
      return { ...ofTarget(entry.target), ...described(entry.target, entry.description) };
    default:
      return ofTarget(entry);
  }
}

function described(target: TargetEntry, description: string | undefined): Partial<Expectation> {
  return description === undefined ? {} : { entry: cut(`${textOf(target)}: ${description}`) };
}

function ofTarget(entry: TargetEntry): Expectation {
  const any = { entry: cut(textOf(entry)), change: "any", mustContain: [] } as const;
  switch (entry.kind) {
    case "path":
      return { ...any, target: { kind: "path", path: entry.path } };
    case "path-with-prose":
      return { ...any, ...wanted(entry), target: { kind: "path", path: entry.path } };
    case "directory":
      return {
        ...any,
        ...wanted(entry),
        target: { kind: "directory", path: entry.path, minCount: entry.minimum?.count ?? null },
      };
    case "glob":
      return { ...any, ...wanted(entry), target: { kind: "glob", glob: entry.glob } };
    default:
      return { ...any, target: { kind: "prose" } };
  }
}

const wanted = ({ change, mustContain }: Pick<Expectation, "change" | "mustContain">) => ({
  change,
  mustContain,
});

function textOf(entry: TargetEntry): string {
  switch (entry.kind) {
    case "path":
      return entry.path;
    case "path-with-prose":
      return `${entry.path} ${entry.prose}`.trim();
    case "directory":
      return `${entry.path}/ ${entry.prose}`.trim();
    case "glob":
      return `${entry.glob} ${entry.prose}`.trim();
    case "prose":
      return entry.text;
    case "unreadable":
      return `(not readable: ${entry.why})`;
  }
}

const cut = (text: string): string =>
  text.length <= longestEntry ? text : `${text.slice(0, longestEntry - 1).toWellFormed()}…`;
