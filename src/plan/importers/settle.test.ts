import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idPattern } from "../schema.ts";
import { createIds, toId } from "./settle-ids.ts";
import { dropImpossible, type OrderedPhase, orderShared } from "./settle-order.ts";

describe("the ids of an imported plan", () => {
  it.each([
    ["T001", "T001"],
    ["2.1", "2.1"],
    ["bd-aydr.1", "bd-aydr.1"],
    ["Phase 1: Setup (Shared)", "phase-1-setup-shared"],
    ["Überblick / Größe", "uberblick-große".replace("ß", "-")],
    ["../../etc", "etc"],
    ["-rf", "rf"],
    ["a.lock", "x"],
    ["日本語", "x"],
    ["", "x"],
  ])("are the source's own where they are legal: %s", (text, id) => {
    expect(toId(text, "x")).toBe(id);
  });

  it("are legal and differ in more than letter case, whatever the source has", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: "binary", maxLength: 90 }),
            fc.constantFrom("a", "A", "a-2", "x".repeat(64)),
          ),
          { maxLength: 30 },
        ),
        (texts) => {
          const next = createIds();
          const ids = texts.map((text, index) => next(toId(text, `phase-${index}`)));
          expect(new Set(ids.map((id) => id.toLowerCase())).size).toBe(ids.length);
          for (const id of ids)
            expect(id).toSatisfy((one: string) => idPattern.test(one) && one.length <= 64);
        },
      ),
    );
  });
});

const names = ["a", "b", "c", "d", "e", "f"];
const anyPhases = fc
  .array(
    fc.record({
      tier: fc.integer({ min: 0, max: 1 }),
      on: fc.array(fc.nat({ max: 5 }), { maxLength: 3 }),
      paths: fc.array(fc.constantFrom("x.ts", "y.ts"), { maxLength: 2 }),
    }),
    { minLength: 6, maxLength: 6 },
  )
  .map((drawn): OrderedPhase[] =>
    drawn
      .toSorted((one, two) => one.tier - two.tier)
      .map(({ tier, on, paths }, index) => ({
        id: names[index] ?? "",
        tier,
        dependsOn: [...new Set(on.map((to) => names[to] ?? ""))],
        paths,
      })),
  );

/** All that a phase waits for, by dependencies within its tier and by tiers. */
function isBefore(phases: readonly OrderedPhase[], first: OrderedPhase, second: OrderedPhase): boolean {
  if (first.tier !== second.tier) return first.tier < second.tier;
  const seen = new Set<string>();
  const open = [...second.dependsOn];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(phases.find((phase) => phase.id === id)?.dependsOn ?? []));
  }
  return seen.has(first.id);
}

describe("the order of an imported plan", () => {
  it("has no circle, waits for no later tier, and settles who delivers a file first", () => {
    fc.assert(
      fc.property(anyPhases, (phases) => {
        dropImpossible(phases);
        orderShared(phases);
        for (const phase of phases) {
          expect(isBefore(phases, phase, phase)).toBe(false);
          for (const other of phases) {
            if (phase.dependsOn.includes(other.id)) expect(other.tier).toBeLessThanOrEqual(phase.tier);
            if (other === phase || !other.paths.some((path) => phase.paths.includes(path))) continue;
            expect(isBefore(phases, phase, other) || isBefore(phases, other, phase)).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("loses no dependency that can be kept", () => {
    const phases = [
      { id: "a", tier: 0, dependsOn: ["c"], paths: [] },
      { id: "b", tier: 0, dependsOn: ["a", "b"], paths: [] },
      { id: "c", tier: 0, dependsOn: ["b"], paths: [] },
    ];
    expect(dropImpossible(phases)).toEqual([
      { id: "b", on: "b", why: "itself" },
      { id: "b", on: "a", why: "circle" },
    ]);
  });

  it("takes a chain of thousands", () => {
    const phases = Array.from({ length: 5000 }, (_, index) => ({
      id: `p${index}`,
      tier: 0,
      dependsOn: [`p${(index + 1) % 5000}`],
      paths: ["src/one.ts"],
    }));
    expect(dropImpossible(phases)).toHaveLength(1);
    expect(orderShared(phases)).toEqual([]);
  });
});
