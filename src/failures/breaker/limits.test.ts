import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Try } from "../../domain/breaker.ts";
import { decideRefusal } from "./decide-refusal.ts";
import { createMemory, createProcessStore } from "./memory.ts";
import { recordLimit, recordServed, takeTurn } from "./turns.ts";

const start = Date.parse("2026-11-02T12:00:00.000Z");
const account = "KEY 0000";
const turnMs = 5000;
const tryOf = (phaseId: string, attempt = 1): Try => ({ runId: "run", phaseId, attempt });
const refused = (retryMs?: number, at = start) => ({
  account,
  fingerprint: "v2:0000000000000001",
  failure: { class: "transient", kind: "rate-limited", message: "slow down" },
  ...(retryMs === undefined ? {} : { retryAt: new Date(at + retryMs).toISOString() }),
});

/** Processes that share a store, and a clock that is set by hand. */
function createWorld(processes = 1, random = () => 0.5) {
  let clock = start;
  const now = () => new Date(clock);
  const store = createProcessStore(now);
  const memories = Array.from({ length: processes }, () => createMemory(store));
  const options = { now, random, turnMs, firstMs: 1000, maxMs: 8000 };
  const [memory] = memories as [ReturnType<typeof createMemory>];
  const askAs = async (tried: Try, by = memory) => {
    await by.refresh();
    return decideRefusal(
      by.registry,
      { scopes: [], inputs: {}, uses: { accounts: [account], tried } },
      now(),
    );
  };
  return {
    memory,
    memories,
    options,
    store,
    now,
    pass: (ms: number) => {
      clock += ms;
    },
    ask: askAs,
    /** What a run does: takes its turn where it is offered, then asks again. Whether it begins. */
    async begin(tried: Try, by = memory) {
      if ((await askAs(tried, by))?.until === "turn") await takeTurn(by, tried, account, options);
      return (await askAs(tried, by)) === null;
    },
  };
}

describe("after a provider asked an account to wait", () => {
  test("nobody with it begins before that time, and then one at a time does, from all processes", async () => {
    const world = createWorld(6);
    await recordLimit(world.memory, tryOf("told"), refused(60_000), world.options);
    expect(await world.ask(tryOf("other"))).toMatchObject({
      until: "time",
      notBefore: "2026-11-02T12:01:00.000Z",
    });
    world.pass(60_000);
    const begun: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const began = await Promise.all(
        world.memories.map((memory, index) =>
          begun.includes(index) ? false : world.begin(tryOf(`phase-${index}`), memory),
        ),
      );
      expect(began.filter(Boolean)).toHaveLength(1);
      begun.push(began.indexOf(true));
      world.pass(turnMs - 1);
      expect(await world.ask(tryOf("impatient"))).toMatchObject({ until: "time" });
      world.pass(1);
    }
    expect(begun.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("who was a moment too late to take the turn waits, though it was offered", async () => {
    const world = createWorld(2);
    const [one, other] = world.memories as [typeof world.memory, typeof world.memory];
    await recordLimit(one, tryOf("told"), refused(1000), world.options);
    world.pass(1000);
    for (const [phase, memory] of [
      ["a", one],
      ["b", other],
    ] as const)
      expect(await world.ask(tryOf(phase), memory)).toMatchObject({ until: "turn" });
    expect(await world.begin(tryOf("a"), one)).toBe(true);
    expect(await takeTurn(other, tryOf("b"), account, world.options)).toBe(false);
    expect(await world.ask(tryOf("b"), other)).toMatchObject({ until: "time" });
  });

  test("another account is not concerned", async () => {
    const world = createWorld();
    await recordLimit(world.memory, tryOf("told"), refused(60_000), world.options);
    const uses = { accounts: ["KEY 1111"], tried: tryOf("other") };
    const candidate = { scopes: [], inputs: {}, uses };
    expect(decideRefusal(world.memory.registry, candidate, world.now())).toBeNull();
  });

  test("who took a turn may begin after a restart, unless the provider refused again meanwhile", async () => {
    const world = createWorld();
    await recordLimit(world.memory, tryOf("told"), refused(1000), world.options);
    world.pass(1000);
    expect(await world.begin(tryOf("told", 2))).toBe(true);
    world.pass(3_600_000);
    expect(await world.ask(tryOf("told", 2))).toBeNull();
    await recordLimit(world.memory, tryOf("other"), refused(1000, world.now().getTime()), world.options);
    expect(await world.ask(tryOf("told", 2))).toMatchObject({ until: "time" });
  });

  test("the later of two times holds, in whatever order they are told", async () => {
    for (const order of [
      [60_000, 5000],
      [5000, 60_000],
    ]) {
      const world = createWorld();
      for (const [index, ms] of order.entries())
        await recordLimit(world.memory, tryOf(`p${index}`), refused(ms), world.options);
      expect(await world.ask(tryOf("other"))).toMatchObject({ notBefore: "2026-11-02T12:01:00.000Z" });
    }
  });

  test("one try is told of once", async () => {
    const world = createWorld(2);
    const tell = () =>
      world.memories.map((memory) => recordLimit(memory, tryOf("p"), refused(), world.options));
    expect((await Promise.all([...tell(), ...tell()])).filter(Boolean)).toHaveLength(1);
  });

  test("without a time of the provider's the wait is drawn, stored, and longer each time up to its cap", async () => {
    const world = createWorld(1, () => 1 - 2 ** -53);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt++) {
      await recordLimit(world.memory, tryOf("p", attempt), refused(), world.options);
      waits.push(world.memory.registry.limits.of(account)!.waitMs);
    }
    expect(waits).toEqual([3000, 8000, 8000, 8000]);
    const later = createMemory(world.store);
    await later.refresh();
    expect(later.registry.limits.of(account)?.waitMs).toBe(8000);
  });

  test("the next begins as soon as the one before was served", async () => {
    const world = createWorld();
    await recordLimit(world.memory, tryOf("told"), refused(1000), world.options);
    world.pass(1000);
    await world.begin(tryOf("a"));
    world.pass(1);
    expect(await world.begin(tryOf("b"))).toBe(false);
    await recordServed(world.memory, tryOf("before"), account, world.now());
    expect(await world.begin(tryOf("b"))).toBe(false);
    await recordServed(world.memory, tryOf("a"), account, world.now());
    expect(await world.begin(tryOf("b"))).toBe(true);
    expect(await world.begin(tryOf("c"))).toBe(false);
  });

  test("it is forgotten once the last who began was served and nobody else wanted to begin", async () => {
    const world = createWorld();
    await recordLimit(world.memory, tryOf("told"), refused(1000), world.options);
    world.pass(1000);
    await world.begin(tryOf("a"));
    world.pass(turnMs);
    expect(await recordServed(world.memory, tryOf("a"), account, world.now())).toBe(false);
    world.pass(turnMs);
    expect(await world.ask(tryOf("b"))).toMatchObject({ until: "turn" });
    expect(await recordServed(world.memory, tryOf("a"), account, world.now())).toBe(true);
    expect(await world.ask(tryOf("b"))).toBeNull();
  });
});

test("a person can say that a limit is over", async () => {
  const world = createWorld();
  await recordLimit(world.memory, tryOf("told"), refused(60_000), world.options);
  const data = { fingerprint: refused().fingerprint, by: "somebody", reason: "a larger plan was bought" };
  await world.memory.append(() => ({ type: "breaker-reset", data }));
  expect(await world.ask(tryOf("other"))).toBeNull();
});

test("a provider's breaker and its limit are one refusal: the probe comes no earlier than the limit ends", async () => {
  const world = createWorld();
  const provider = { kind: "provider", name: "agent" } as const;
  const scopes = { scopes: [provider], inputs: {} };
  await world.memory.append(() => ({
    type: "failure-recorded",
    data: {
      ...tryOf("down"),
      fingerprint: "v2:0000000000000002",
      scope: provider,
      inputs: {},
      failure: { class: "transient", kind: "provider-unavailable", message: "no answer" },
      decidedBy: "provider",
      opensAt: 1,
      notBefore: "2026-11-02T12:00:10.000Z",
    },
  }));
  const ask = () =>
    decideRefusal(
      world.memory.registry,
      { ...scopes, uses: { accounts: [account], tried: tryOf("p") } },
      world.now(),
    );
  expect(ask()).toMatchObject({ until: "probe", notBefore: "2026-11-02T12:00:10.000Z" });
  await recordLimit(world.memory, tryOf("told"), refused(60_000), world.options);
  expect(ask()).toMatchObject({ until: "probe", notBefore: "2026-11-02T12:01:00.000Z" });
});

test("whoever asks when, nobody begins before a told time, nor two within one turn", async () => {
  type Move =
    | { readonly do: "limit"; readonly ms: number }
    | { readonly do: "begin" | "pass"; readonly ms: number };
  const move: fc.Arbitrary<Move> = fc.record({
    do: fc.constantFrom("limit", "begin", "begin", "pass"),
    ms: fc.integer({ min: 0, max: 20_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 40 }), async (moves) => {
      const world = createWorld(3);
      let told = 0;
      let last = Number.NEGATIVE_INFINITY;
      let limited = false;
      for (const [index, { do: what, ms }] of moves.entries()) {
        const at = world.now().getTime();
        if (what === "pass") world.pass(ms);
        else if (what === "limit") {
          await recordLimit(world.memory, tryOf(`p${index}`), refused(ms, at), world.options);
          told = Math.max(told, at + ms);
          limited = true;
        } else if (await world.begin(tryOf(`p${index}`), world.memories[index % 3]!)) {
          expect(at).toBeGreaterThanOrEqual(told);
          if (limited) expect(at - last).toBeGreaterThanOrEqual(turnMs);
          if (limited) last = at;
        }
      }
    }),
    { numRuns: 200 },
  );
});
