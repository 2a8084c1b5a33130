import fc from "fast-check";
import { expect, it } from "vitest";
import { orderChecks, stageOf } from "./stages.ts";

const named = (names: readonly string[]) => names.map((name) => ({ name }));
const order = (...names: string[]) => orderChecks(named(names)).map(({ name }) => name);

it("puts tests behind the last type check, build and lint", () => {
  expect(order("test", "lint", "types", "build")).toEqual(["lint", "types", "build", "test"]);
  expect(order("test-npm-web", "unit", "lint-npm-web")).toEqual(["lint-npm-web", "test-npm-web", "unit"]);
});
it("keeps everything else where it is: one may need what another writes", () => {
  expect(order("generate", "build", "types", "test", "docs", "lint", "pack")).toEqual([
    "generate",
    "build",
    "types",
    "docs",
    "lint",
    "test",
    "pack",
  ]);
  expect(order("test", "pack")).toEqual(["test", "pack"]);
});
it("tells the stage by the whole first word", () => {
  expect(named(["types", "typecheck-web", "build-cargo", "lint-go"]).map(stageOf)).toEqual([
    "types",
    "types",
    "build",
    "lint",
  ]);
  expect(named(["builder", "linting", "test", "acceptance-1", "typesetting"]).map(stageOf)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});
it("loses no check, and orders what is ordered no further", () => {
  const names = fc.array(fc.constantFrom("test", "lint", "types", "build", "docs", "test-a", "lint-b"));
  fc.assert(
    fc.property(names, (list) => {
      const ordered = order(...list);
      expect(ordered.toSorted()).toEqual(list.toSorted());
      expect(order(...ordered)).toEqual(ordered);
      const lastStage = ordered.findLastIndex((name) => stageOf({ name }) !== null);
      expect(ordered.slice(0, Math.max(0, lastStage)).some((name) => name.startsWith("test"))).toBe(false);
    }),
  );
});
