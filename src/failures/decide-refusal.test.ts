import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createBreakerMemory,
  type DecidedBy,
  decideRefusal,
  type FailedTry,
  forgetFailures,
  type NextTry,
  rememberFailure,
} from "./decide-refusal.ts";

const inputs = { model: "a", base: "1" };
const failed = (decidedBy: DecidedBy, over: Partial<FailedTry> = {}): FailedTry => ({
  scope: "p",
  inputs,
  fingerprint: "f",
  decidedBy,
  ...over,
});

/** Whether the next try is refused after these. */
function refusedAfter(tries: readonly FailedTry[], next: NextTry = { scope: "p", inputs }): boolean {
  const memory = createBreakerMemory();
  for (const item of tries) rememberFailure(memory, item);
  return decideRefusal(memory, next) !== undefined;
}

describe("the next try", () => {
  test.each([
    ["host", 1],
    ["output", 2],
    ["unknown", 2],
  ] as const)("is refused after failures decided by the %s: %i", (decidedBy, opens) => {
    const tries = Array.from({ length: opens }, () => failed(decidedBy));
    expect(refusedAfter(tries.slice(1))).toBe(false);
    expect(refusedAfter(tries)).toBe(true);
  });

  test("is never refused for failures that pass by themselves", () => {
    expect(refusedAfter(Array.from({ length: 50 }, () => failed("transient")))).toBe(false);
  });

  test("counts equal failures also when others come between, and different ones never together", () => {
    const other = failed("output", { fingerprint: "g" });
    expect(refusedAfter([failed("output"), other])).toBe(false);
    expect(refusedAfter([failed("output"), other, failed("output")])).toBe(true);
  });

  test("is let through when an input is another, new or gone, and refused again when it is back", () => {
    const tries = [failed("output"), failed("output")];
    for (const changed of [{ model: "b", base: "1" }, { ...inputs, scope: "x" }, { model: "a" }])
      expect(refusedAfter(tries, { scope: "p", inputs: changed })).toBe(false);
    expect(refusedAfter(tries, { scope: "p", inputs: { base: "1", model: "a" } })).toBe(true);
  });

  test("in another scope is let through", () => {
    expect(refusedAfter([failed("host")], { scope: "q", inputs })).toBe(false);
  });

  test("after a success is let through", () => {
    const memory = createBreakerMemory();
    rememberFailure(memory, failed("host"));
    forgetFailures(memory, "p");
    expect(decideRefusal(memory, { scope: "p", inputs })).toBeUndefined();
  });

  test("names the failure that opened the breaker, whatever failed after it", () => {
    const memory = createBreakerMemory();
    for (const item of [failed("output"), failed("output"), failed("host", { fingerprint: "g" })])
      rememberFailure(memory, item);
    expect(decideRefusal(memory, { scope: "p", inputs })).toEqual({
      fingerprint: "f",
      decidedBy: "output",
      failures: 2,
    });
  });

  test("is refused exactly when some fingerprint came often enough with its scope and inputs", () => {
    const drawn = fc.record({
      scope: fc.constantFrom("p", "q"),
      inputs: fc.record({ model: fc.constantFrom("a", "b") }),
      fingerprint: fc.constantFrom("f", "g"),
      decidedBy: fc.constantFrom<DecidedBy>("host", "output", "unknown", "transient"),
    });
    const opens = { host: 1, output: 2, unknown: 2, transient: Number.POSITIVE_INFINITY };
    fc.assert(
      fc.property(fc.array(drawn), (tries) => {
        const alike = tries.filter(({ scope, inputs: { model } }) => scope === "p" && model === "a");
        const expected = alike.some(
          (item, nth) =>
            alike.slice(0, nth + 1).filter(({ fingerprint }) => fingerprint === item.fingerprint).length >=
            opens[item.decidedBy],
        );
        expect(refusedAfter(tries, { scope: "p", inputs: { model: "a" } })).toBe(expected);
      }),
    );
  });
});
