import { isTestPath } from "../../domain/paths.ts";
import type { Category, Complexity, DeliverableKind } from "../../domain/plan.ts";
import { categories, complexities } from "../../domain/plan.ts";

/** Spellings of other tools. */
const knownCategories: Readonly<Record<string, Category>> = {
  test: "testing",
  tests: "testing",
  qa: "testing",
  documentation: "docs",
  doc: "docs",
  ui: "frontend",
  ux: "frontend",
  styling: "frontend",
  api: "backend",
  config: "configuration",
  setup: "configuration",
  scaffolding: "configuration",
  infrastructure: "deployment",
  devops: "deployment",
  ci: "deployment",
  release: "deployment",
  schema: "database",
  migration: "database",
  refactor: "refactoring",
  cleanup: "refactoring",
};

/** A stated category in the words of a plan, or null where it has none. */
export function categoryOf(stated: string): Category | null {
  const word = stated.trim().toLowerCase();
  const same = categories.find((category) => category === word);
  if (same !== undefined) return same;
  return Object.hasOwn(knownCategories, word) ? (knownCategories[word] ?? null) : null;
}

/** What sort of work the files speak of, where nobody says it. */
export function categoryOfFiles(paths: readonly string[]): Category {
  const all = (test: (path: string) => boolean) => paths.length > 0 && paths.every(test);
  if (all(isTestPath)) return "testing";
  if (all((path) => kindOf(path) === "docs")) return "docs";
  if (all((path) => /\.sql$|(?:^|\/)migrations?\//.test(path))) return "database";
  if (all((path) => /\.(?:[jt]sx|vue|svelte|astro|css|scss|html)$/.test(path))) return "frontend";
  if (all((path) => /\.(?:ya?ml|toml|json|ini|cfg|env)$|(?:^|\/)\.[^/]+$/.test(path))) return "configuration";
  return "backend";
}

export function kindOf(path: string): DeliverableKind | undefined {
  if (isTestPath(path)) return "test";
  return /\.(?:md|mdx|rst|adoc)$/.test(path) ? "docs" : undefined;
}

/** A stated complexity: a word, a range of words (its harder end), or a score from 1 to 10. */
export function complexityOf(stated: string): Complexity | null {
  const word = stated.trim().toLowerCase();
  const same = complexities.find((complexity) => complexity === word);
  if (same !== undefined) return same;
  if (/^\d{1,2}$/.test(word)) return Number(word) <= 3 ? "low" : Number(word) <= 6 ? "medium" : "high";
  if (/^(?:simple|trivial|easy|small|xs|s)$/.test(word)) return "low";
  if (/^(?:normal|moderate|m)$/.test(word)) return "medium";
  if (/^(?:hard|complex|large|l|xl|very[ _-]high|(?:medium|low)[ _-](?:to[ _-])?high)$/.test(word))
    return "high";
  return /^low[ _-](?:to[ _-])?medium$/.test(word) ? "medium" : null;
}
