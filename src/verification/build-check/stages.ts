import type { CheckSpec } from "../../domain/plan.ts";

export const buildStageNames = ["conflict-markers", "syntax", "imports", "types", "build", "lint"] as const;
export type BuildStageName = (typeof buildStageNames)[number];

/** A stage of build validation: what comes before the tests, since it is cheaper and tells more exactly what is wrong. */
export interface BuildStage {
  readonly name: BuildStageName;
  /** `own`: looked at by Autopack itself, without running anything. `command`: a check of the plan. */
  readonly by: "own" | "command";
  /** What is looked at. */
  readonly of: "changed files" | "changed files and what imports them" | "what the command covers";
  /** Needs the workspace after its setup. */
  readonly needsSetup: boolean;
  /** What fails it. `new`: what was there at the base is none of the change's. */
  readonly failsOn: "new";
}

/** In the order in which they run, cheapest first. */
export const buildStages: readonly BuildStage[] = [
  { name: "conflict-markers", by: "own", of: "changed files", needsSetup: false, failsOn: "new" },
  { name: "syntax", by: "own", of: "changed files", needsSetup: false, failsOn: "new" },
  { name: "imports", by: "own", of: "changed files and what imports them", needsSetup: true, failsOn: "new" },
  { name: "types", by: "command", of: "what the command covers", needsSetup: true, failsOn: "new" },
  { name: "build", by: "command", of: "what the command covers", needsSetup: true, failsOn: "new" },
  { name: "lint", by: "command", of: "what the command covers", needsSetup: true, failsOn: "new" },
];

const namesOfStages: readonly (readonly [BuildStageName, RegExp])[] = [
  ["types", /^(types?|type-?check|tsc|mypy|pyright)(-|$)/],
  ["build", /^(build|compile)(-|$)/],
  ["lint", /^(lint|vet|clippy)(-|$)/],
];
const testing = /^(tests?|unit|integration|e2e|coverage)(-|$)/;

/** The stage that a check of a plan belongs to, by its name: `lint`, `lint-npm-web`; null for tests and all others. */
export const stageOf = (check: Pick<CheckSpec, "name">): BuildStageName | null =>
  namesOfStages.find(([, pattern]) => pattern.test(check.name))?.[0] ?? null;

/**
 * The checks of a plan, tests put behind the last type check, build and lint. All else keeps its place, those three
 * among themselves too: a build may write the types that are checked after it, and a check of another name may
 * write what a build reads.
 */
export function orderChecks<T extends Pick<CheckSpec, "name">>(checks: readonly T[]): T[] {
  const last = checks.findLastIndex((check) => stageOf(check) !== null);
  const isLate = (check: T, index: number) => index < last && testing.test(check.name);
  return [
    ...checks.filter((check, index) => index <= last && !isLate(check, index)),
    ...checks.filter(isLate),
    ...checks.slice(last + 1),
  ];
}
