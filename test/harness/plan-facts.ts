import type { PlanFacts, RepositoryFacts } from "../../src/plan/facts.ts";

/** A repository in which nothing is wrong and nothing is tracked. */
export const plainRepository: RepositoryFacts = {
  kind: "checkout",
  why: "",
  top: "/repo",
  operation: null,
  base: { commit: "c", tree: "t" },
  refs: [],
  paths: new Set(),
  submodules: new Set(),
  missing: { count: 0, fetchCommand: "" },
  brokenSubmodules: [],
  ignored: new Set(),
  unreachable: new Set(),
  uncommitted: [],
};

/** A world in which a plan lacks nothing. */
export const plainFacts: PlanFacts = {
  repository: plainRepository,
  missingPrograms: new Set(),
  missingCarry: new Set(),
  missingScripts: new Set(),
  proposed: [],
  today: "2026-11-20",
  longestPath: 300,
};
