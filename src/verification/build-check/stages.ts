import type { CheckSpec } from "../../domain/plan.ts";

/** What a check before the tests looks at, since it is cheaper and tells more exactly what is wrong. */
export type BuildStageName = "types" | "build" | "lint";

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
