import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BreakerEvent, BreakerScope, Inputs } from "../../domain/breaker.ts";
import { type DecidedBy, decidedBy, deciders } from "../../domain/decided-by.ts";
import { type FailureKind, failureKinds } from "../../domain/failure.ts";
import { decideRefusal } from "./decide-refusal.ts";
import { type GuardOptions, guard, type Seen } from "./guard.ts";
import { digestInput } from "./inputs.ts";
import { createMemory, createProcessStore } from "./memory.ts";
import { opensAt } from "./opens-at.ts";
import { probeOnce } from "./probe.ts";
import { foldRegistry, type Registry } from "./registry.ts";

const now = new Date("2026-11-02T12:00:00.000Z");
const scopes: readonly BreakerScope[] = [
  { kind: "phase", name: "a" },
  { kind: "phase", name: "b" },
  { kind: "tool", name: "npm ci" },
];
const fingerprints = ["v1:0000000000000001", "v1:0000000000000002"];

/** What happens in a world of two causes, three scopes and two versions of each of two inputs. */
const drawnInputs: fc.Arbitrary<Inputs> = fc.record({
  plan: fc.constantFrom("1", "2"),
  files: fc.constantFrom("1", "2"),
});
const drawnScope = fc.constantFrom(...scopes);
const failed = (
  attempt: number,
  scope: BreakerScope,
  inputs: Inputs,
  by: DecidedBy = "output",
  fingerprint = "v1:0000000000000001",
  runId = "run",
): BreakerEvent => ({
  type: "failure-recorded",
  data: {
    runId,
    phaseId: scope.name,
    attempt,
    fingerprint,
    scope,
    inputs,
    decidedBy: by,
    failure: { class: "quality", kind: "check-failed", message: "it failed" },
    opensAt: opensAt(by, 3),
  },
});
const succeeded = (scope: BreakerScope, inputs: Inputs, runId = "later"): BreakerEvent => ({
  type: "success-recorded",
  data: { runId, phaseId: scope.name, attempt: 99, scopes: [scope], inputs },
});
const lasting: readonly DecidedBy[] = deciders.filter((by) => by !== "provider");
const drawnEvent: fc.Arbitrary<BreakerEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.integer({ min: 1, max: 50 }),
        drawnScope,
        drawnInputs,
        fc.constantFrom(...lasting),
        fc.constantFrom(...fingerprints),
      )
      .map((drawn) => failed(...drawn)),
  },
  fc.tuple(drawnScope, drawnInputs).map((drawn) => succeeded(...drawn)),
  fc.constantFrom(...fingerprints).map(
    (fingerprint): BreakerEvent => ({
      type: "breaker-reset",
      data: { fingerprint, by: "somebody", reason: "mended" },
    }),
  ),
);
const at = (events: readonly BreakerEvent[]) =>
  events.map((event, index) => ({ ...event, at: new Date(now.getTime() + index * 1000).toISOString() }));
const registryOf = (...events: readonly BreakerEvent[]): Registry => foldRegistry(at(events));
const ask = (registry: Registry, scope: BreakerScope, inputs: Inputs) =>
  decideRefusal(registry, { scopes: [scope], inputs }, now);
/** All that can be asked of a registry, in this world. */
const answers = (registry: Registry) =>
  scopes.flatMap((scope) =>
    ["1", "2"].flatMap((plan) =>
      ["1", "2"].map((files) => {
        const refusal = ask(registry, scope, { plan, files });
        return refusal && "breaker" in refusal
          ? [refusal.until, refusal.breaker.fingerprint, refusal.breaker.count]
          : null;
      }),
    ),
  );
const drawnHistory = fc.array(drawnEvent, { maxLength: 30 });

describe("the registry", () => {
  test("is the same for the same events, and the same when it is taken up in between", () => {
    fc.assert(
      fc.property(drawnHistory, fc.nat(30), (events, cut) => {
        const whole = at(events);
        const inTwo = foldRegistry(whole.slice(0, cut));
        for (const event of whole.slice(cut)) inTwo.apply(event);
        expect(inTwo.all()).toEqual(foldRegistry(whole).all());
        expect(answers(inTwo)).toEqual(answers(foldRegistry(JSON.parse(JSON.stringify(whole)))));
      }),
    );
  });

  test("never refuses what depends on an input that changed", () => {
    fc.assert(
      fc.property(drawnHistory, drawnScope, (events, scope) => {
        const registry = registryOf(...events);
        expect(ask(registry, scope, { plan: "3", files: "1" })).toBeNull();
        expect(ask(registry, scope, { plan: "1" })).toBeNull();
      }),
    );
  });

  test("gives the same answers in whatever order things happen that have nothing to do with each other", () => {
    const related = (event: BreakerEvent): string =>
      event.type === "failure-recorded"
        ? event.data.scope.name
        : event.type === "success-recorded"
          ? (event.data.scopes[0]?.name ?? "")
          : "all";
    const local = drawnHistory.map((events) => events.filter((event) => related(event) !== "all"));
    fc.assert(
      fc.property(local, (events) => {
        const apart = scopes.flatMap(({ name }) => events.filter((event) => related(event) === name));
        const count = (registry: Registry) => answers(registry).map((one) => one && [one[0], one[2]]);
        expect(count(registryOf(...apart))).toEqual(count(registryOf(...events)));
        const flaked = { type: "test-flaked", data: { id: "x" }, at: now.toISOString() };
        const mixed = at(events).flatMap((event) => [flaked, event]);
        expect(answers(foldRegistry(mixed))).toEqual(answers(registryOf(...events)));
      }),
    );
  });

  test("is closed by a success with the same inputs, whatever came before", () => {
    fc.assert(
      fc.property(drawnHistory, drawnScope, drawnInputs, (events, scope, inputs) => {
        const registry = registryOf(...events, succeeded(scope, inputs));
        expect(ask(registry, scope, inputs)).toBeNull();
        registry.apply({ ...failed(99, scope, inputs, "output", undefined, "new"), at: now.toISOString() });
        expect(ask(registry, scope, inputs)).toBeNull();
      }),
    );
  });

  test("counts one try once, however often it is told", () => {
    const [scope] = scopes as [BreakerScope];
    const twice = failed(1, scope, { plan: "1" });
    expect(ask(registryOf(twice, twice), scope, { plan: "1" })).toBeNull();
    const again = failed(2, scope, { plan: "1" });
    expect(ask(registryOf(twice, again), scope, { plan: "1" })).toMatchObject({ until: "change" });
  });

  test("forgets what failed earlier in a run whose phase succeeded after all, on another tree", () => {
    const [a, b] = scopes as [BreakerScope, BreakerScope];
    const events = [
      failed(1, a, { files: "1" }, "output", "v1:0", "one"),
      failed(1, b, { files: "1" }, "output", "v1:0", "one"),
      succeeded(a, { files: "2" }, "one"),
      failed(1, a, { files: "1" }, "output", "v1:0", "two"),
      failed(1, b, { files: "1" }, "output", "v1:0", "two"),
    ];
    expect(ask(registryOf(...events), a, { files: "1" })).toBeNull();
    expect(ask(registryOf(...events), b, { files: "1" })).toMatchObject({ breaker: { count: 2 } });
  });

  test("is reset by fingerprint, in every scope", () => {
    const events = scopes.map((scope) => failed(1, scope, {}, "host"));
    const reset: BreakerEvent = {
      type: "breaker-reset",
      data: { fingerprint: "v1:0000000000000001", by: "somebody", reason: "mended" },
    };
    expect(registryOf(...events).all()).toHaveLength(3);
    expect(registryOf(...events, reset).all()).toEqual([]);
  });

  test("holds every try of which a failure was told, after a reset too", () => {
    const [scope] = scopes as [BreakerScope];
    const registry = registryOf(failed(1, scope, {}), succeeded(scope, {}));
    expect(registry.holds({ runId: "run", phaseId: "a", attempt: 1 })).toBe(true);
    expect(registry.holds({ runId: "run", phaseId: "a", attempt: 2 })).toBe(false);
  });
});

const options: GuardOptions = { now: () => now, probeAfter: 2, firstMs: 1000, maxMs: 8000, limitMs: 500 };
const seen = (by: DecidedBy, fingerprint: string, scope: BreakerScope): Seen => ({
  fingerprint,
  failure: { class: "quality", kind: "check-failed", message: fingerprint },
  decidedBy: by,
  scope,
});

describe("what is tried under the breaker", () => {
  test.each(deciders.filter((by) => by !== "provider"))(
    "a cause that is decided by %s is never tried more often than it may be, in whatever order inputs come",
    async (by) => {
      await fc.assert(
        fc.asyncProperty(fc.array(drawnInputs, { maxLength: 20 }), async (worlds) => {
          const memory = createMemory(createProcessStore());
          const [scope] = scopes as [BreakerScope];
          const calls = new Map<string, number>();
          for (const [attempt, inputs] of worlds.entries())
            await guard(
              memory,
              { runId: "run", phaseId: "a", attempt },
              { scopes: [scope], inputs },
              options,
              async () => {
                const key = digestInput(inputs);
                calls.set(key, (calls.get(key) ?? 0) + 1);
                throw new Error("always");
              },
              () => seen(by, "v1:0", scope),
            );
          expect(Math.max(0, ...calls.values())).toBeLessThanOrEqual(by === "host" ? 1 : 2);
        }),
        { numRuns: 50 },
      );
    },
  );

  test("another process that shares the store is refused as well", async () => {
    const store = createProcessStore();
    const [scope] = scopes as [BreakerScope];
    const candidate = { scopes: [scope], inputs: { plan: "1" } };
    const attempt = (runId: string) =>
      guard(
        createMemory(store),
        { runId, phaseId: "a", attempt: 1 },
        candidate,
        options,
        async () => {
          throw new Error("no");
        },
        () => seen("host", "v1:0", scope),
      );
    expect(await attempt("one")).toMatchObject({ did: "fail" });
    expect(await attempt("two")).toMatchObject({ did: "refuse", refusal: { until: "change" } });
  });
});

describe("a provider that is down", () => {
  const provider: BreakerScope = { kind: "provider", name: "claude" };
  const down = (attempt: number) => failed(attempt, provider, { builder: "1" }, "provider");
  const order = { now: () => now, limitMs: 500, firstMs: 1000, maxMs: 8000 };

  async function memoryAfter(count: number) {
    const store = createProcessStore(() => now);
    for (let attempt = 1; attempt <= count; attempt++) await store.append(attempt - 1, down(attempt));
    const memory = createMemory(store);
    await memory.refresh();
    return { store, memory };
  }

  test("closes nothing off before it failed as often as is allowed, and then only until a probe", async () => {
    const candidate = { scopes: [provider], inputs: { builder: "1" } };
    expect(decideRefusal((await memoryAfter(2)).memory.registry, candidate, now)).toBeNull();
    const { memory } = await memoryAfter(3);
    expect(decideRefusal(memory.registry, candidate, now)).toMatchObject({ until: "probe" });
  });

  test("is probed by one process at a time, and a failed probe makes the next one later", async () => {
    const { store, memory } = await memoryAfter(3);
    let probes = 0;
    const others = Array.from({ length: 5 }, () => createMemory(store));
    const ends = await Promise.all(
      [memory, ...others].map((one, index) =>
        probeOnce(one, memory.registry.all()[0]!, { ...order, runId: `run-${index}` }, async () => {
          probes += 1;
          await Promise.resolve();
          return { passed: false, why: "still down" };
        }),
      ),
    );
    expect(ends.toSorted()).toEqual(["failed", "taken", "taken", "taken", "taken", "taken"]);
    expect(probes).toBe(1);
    await memory.refresh();
    expect(memory.registry.all()).toMatchObject([{ probes: 1, notBefore: "2026-11-02T12:00:01.000Z" }]);
  });

  test("whose prober ended without a word is probed by another one when its time is over", async () => {
    const { memory } = await memoryAfter(3);
    const breaker = memory.registry.all()[0]!;
    await memory.append(() => ({
      type: "probe-started",
      data: { ...breaker, runId: "gone", until: "2026-11-02T12:00:00.500Z" },
    }));
    const pass = async () => ({ passed: true, why: "exited with 0" });
    expect(await probeOnce(memory, breaker, { ...order, runId: "other" }, pass)).toBe("taken");
    const later = () => new Date(now.getTime() + 600);
    expect(await probeOnce(memory, breaker, { ...order, now: later, runId: "other" }, pass)).toBe("passed");
    expect(memory.registry.all()).toEqual([]);
  });

  test("is waited for longer after each failed probe, up to the longest wait", async () => {
    const { memory } = await memoryAfter(3);
    let clock = now;
    const waits: number[] = [];
    for (let probe = 0; probe < 6; probe++) {
      const fail = async () => ({ passed: false, why: "down" });
      const [breaker] = memory.registry.all();
      await probeOnce(memory, breaker!, { ...order, now: () => clock, runId: "run" }, fail);
      const next = new Date(memory.registry.all()[0]!.notBefore!);
      waits.push(next.getTime() - clock.getTime());
      clock = next;
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
  });
});

describe("who decided a failure", () => {
  test("is known of every kind, and a provider's are exactly those that pass by themselves", () => {
    for (const kind of Object.keys(failureKinds) as FailureKind[])
      expect(decidedBy(kind) === "provider", kind).toBe(failureKinds[kind].class === "transient");
  });

  test.each([
    ["plan-refused", "host"],
    ["workspace-failed", "host"],
    ["script-exhausted", "host"],
    ["orchestrator-error", "host"],
    ["no-change", "output"],
    ["protected-path", "output"],
    ["tampering", "output"],
    ["tests-failed", "output"],
    ["merge-conflict", "output"],
    ["check-inconclusive", "unknown"],
    ["rate-limited", "provider"],
  ] as const)("%s: %s", (kind, by) => expect(decidedBy(kind)).toBe(by));
});
