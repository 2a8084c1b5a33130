import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  SampleRun,
  sampleBuilder,
  sampleDeliverable,
  samplePhase,
  samplePlan,
} from "../../test/harness/sample-run.ts";
import type { BreakerEvent } from "../domain/breaker.ts";
import { decidedBy } from "../domain/decided-by.ts";
import type { Alternative } from "../domain/events.ts";
import { type FailureKind, factsOf, failureKinds } from "../domain/failure.ts";
import { decideRefusal } from "./breaker/decide-refusal.ts";
import { isWaitedFor } from "./breaker/decided-of.ts";
import { opensAt } from "./breaker/opens-at.ts";
import { foldRegistry } from "./breaker/registry.ts";
import type { Offer, Prospects } from "./chain.ts";
import { chainAfter, chainOverChange, chainsOfClasses } from "./chain-table.ts";
import { decideNext } from "./decide-next.ts";
import { toFailure } from "./fingerprint.ts";

const kinds = Object.keys(failureKinds) as FailureKind[];
const policy = { transientFirstMs: 60_000, transientMaxMs: 300_000, probeAfter: 3 };

describe("the table of chains", () => {
  test("lets nothing be tried again as it was that the host decided", () => {
    const asItWas = ["retry", "repair"];
    for (const kind of kinds.filter((one) => decidedBy(one) === "host"))
      expect(
        chainAfter({ kind }, false).filter(({ step }) => asItWas.includes(step)),
        kind,
      ).toEqual([]);
  });

  test("asks a person last, and names a step again only where it may be taken more often by then", () => {
    for (const chain of [
      ...Object.values(chainsOfClasses),
      ...kinds.map((kind) => chainAfter({ kind }, false)),
    ]) {
      const steps = chain.map(({ step }) => step);
      for (const [index, { step, times }] of chain.entries())
        for (const before of chain.slice(0, index).filter((link) => link.step === step))
          expect(Number(before.times)).toBeLessThan(Number(times));
      expect(steps.slice(0, -1)).not.toContain("ask");
    }
  });

  test("ends what a budget is spent for", () => {
    for (const kind of ["tokens-exhausted", "time-exhausted"] as const)
      expect(chainAfter({ kind }, false)).toEqual([]);
  });
});

interface World {
  readonly others: readonly Alternative[];
  readonly own: ReturnType<typeof sampleBuilder>;
  readonly repairs: boolean;
  readonly ask: boolean;
  readonly cap: number;
  readonly deliverables: number;
}
const anyTraits = fc.record(
  {
    maxTokens: fc.integer({ min: 1, max: 400 }),
    longestMs: fc.integer({ min: 10_000, max: 400_000 }),
    provider: fc.constantFrom("one", "two"),
    stronger: fc.constantFrom("b", "c"),
  },
  { requiredKeys: [] },
);
const anyWorld: fc.Arbitrary<World> = fc
  .record({
    traits: fc.array(anyTraits, { minLength: 4, maxLength: 4 }),
    uses: fc.array(fc.constantFrom("fallback" as const, "stronger" as const), { maxLength: 3 }),
    repairs: fc.boolean(),
    ask: fc.boolean(),
    cap: fc.integer({ min: 100, max: 5000 }),
    deliverables: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ traits, uses, ...rest }) => ({
    ...rest,
    own: sampleBuilder(traits[0]),
    others: uses.map((use, index) => ({
      use,
      builder: sampleBuilder({ name: "bcd"[index]!, ...traits[index + 1] }),
    })),
  }));
interface Luck {
  readonly kind: FailureKind;
  readonly message: string;
  /** Which part of what is set aside its builder reports to have used; null: it reports nothing. */
  readonly reports: number | null;
  /** Whether a person who is asked wants another attempt. */
  readonly says: boolean;
  /** Whether a part that others follow is built. */
  readonly builds: boolean;
}
const anyLuck: fc.Arbitrary<Luck[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    message: fc.constantFrom("alpha", "beta"),
    reports: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
    says: fc.boolean(),
    builds: fc.boolean(),
  }),
  { minLength: 60, maxLength: 60 },
);

/** Plays a phase whose every attempt fails, but for parts that others follow, with the breaker told of each failure; what was begun, in order. */
function play({ own, others, repairs, ask, cap, deliverables: count }: World, luck: readonly Luck[]) {
  const deliverables = Array.from({ length: count }, (_, index) => sampleDeliverable(`file-${index}.txt`));
  const spec = samplePhase("p", { ask, deliverables, budget: { attempts: 5, minutes: 60, tokens: cap } });
  const run = new SampleRun(samplePlan([spec]));
  const registry = foldRegistry();
  const scope = { kind: "phase", name: "p" } as const;
  const inputsOf = ({ builder, room, part }: Offer) => ({
    builder: builder.name,
    room: String(room),
    part: `${part?.number}/${part?.of}`,
  });
  const taken: {
    step: string;
    because: string;
    cause: string;
    /** Whose failure it answers. */
    failed: string;
    builder: string;
    room: number;
    part: number;
    class: string;
  }[] = [];
  let [now, left, spent, cause, failed] = [
    new Date("2026-11-02T12:00:00.000Z"),
    3_600_000,
    0,
    { fingerprint: "", class: "" },
    "",
  ];
  for (const { kind, message, reports, says, builds } of luck) {
    const prospects: Prospects = {
      own,
      alternatives: others,
      roomFactor: 2,
      ...(repairs ? { repair: sampleBuilder({ name: "fix:is", maxTokens: 0 }) } : {}),
      price: ({ builder, room }) =>
        builder.maxTokens === undefined
          ? { tokens: 150, known: "seen" }
          : { tokens: builder.maxTokens * 2 ** room, known: "declared" },
      refusal: (offer) => decideRefusal(registry, { scopes: [scope], inputs: inputsOf(offer) }, now),
    };
    const phase = run.state().phases[0]!;
    const next = decideNext(phase, now, { ms: left, tokens: cap - spent }, policy, prospects, () => 0);
    if (next.do === "probe" || next.do === "turn") throw new Error("no provider has a probe or a limit");
    if (next.do === "end") return { taken, spent, end: next };
    if (next.do === "ask") {
      run.append({
        type: "phase-asked",
        data: { phaseId: "p", failure: next.failure, because: next.because },
      });
      if (!says) return { taken, spent, end: next };
      run.append({ type: "phase-retried", data: { phaseId: "p", by: "somebody", reason: "mended" } });
      // What a person had mended is let through once.
      continue;
    }
    if (next.do === "wait") {
      left -= next.until.getTime() - now.getTime();
      now = next.until;
      continue;
    }
    const { builder, room, chosen, part, reserved = 0 } = next;
    taken.push({
      step: chosen?.step ?? "first",
      because: chosen?.because ?? "",
      cause: cause.fingerprint,
      failed,
      class: cause.class,
      builder: builder.name,
      room,
      part: part?.number ?? 0,
    });
    const failure = toFailure({ kind, message, evidence: [] });
    const tokens = reports === null ? null : Math.floor(reserved * reports);
    const what = { ...(chosen ? { chosen } : {}), ...(part ? { part } : {}) };
    const attempt = run.change("p", { tokens, started: { builder: builder.name, room, reserved, ...what } });
    const isBuilt = builds && part !== undefined && part.number < part.of;
    if (isBuilt) run.append({ type: "part-built", data: { phaseId: "p", attempt } });
    else run.append({ type: "attempt-failed", data: { phaseId: "p", attempt, failure, tree: null } });
    spent += tokens ?? reserved;
    left -= 60_000;
    now = new Date(Math.max(now.getTime(), Date.parse(run.state().lastEventAt)));
    if (isBuilt) continue;
    cause = failure;
    failed = `${builder.name}, room ${room}, part ${part?.number}`;
    if (decidedBy(kind) !== "provider" && !isWaitedFor(failure))
      registry.apply({ ...recordOf(attempt, failure, next), at: now.toISOString() });
  }
  return { taken, spent, end: null };

  function recordOf(attempt: number, failure: ReturnType<typeof toFailure>, offer: Offer): BreakerEvent {
    const by = decidedBy(failure.kind);
    const seen = { class: failure.class, kind: failure.kind, message: failure.message };
    const id = { runId: "run", phaseId: "p", attempt, fingerprint: failure.fingerprint, scope };
    return {
      type: "failure-recorded",
      data: { ...id, inputs: inputsOf(offer), failure: seen, decidedBy: by, opensAt: opensAt(by, 3) },
    };
  }
}

describe("whatever fails, however often", () => {
  const checked = (law: (played: ReturnType<typeof play>, world: World) => void) =>
    fc.assert(
      fc.property(anyWorld, anyLuck, (world, luck) => {
        law(play(world, luck), world);
      }),
      { numRuns: 300 },
    );

  test("no chain is endless", () => checked(({ end }) => expect(end).not.toBeNull()));

  test("no chain costs more than the cap, with what was set aside for builders that reported nothing", () =>
    checked(({ spent }, { cap }) => expect(spent).toBeLessThanOrEqual(cap)));

  test("no step is taken twice for one cause with unchanged inputs, but what is waited for or a person wants", () =>
    checked(({ taken }) => {
      const seen = new Set<string>();
      for (const { step, because, cause, failed, builder, room, part } of taken) {
        // What a person had mended is begun anew.
        if (step === "ask") seen.clear();
        if (step === "first" || step === "ask" || because.startsWith("the wait")) continue;
        const key = JSON.stringify([step, cause, failed, builder, room, part]);
        expect(seen.has(key), key).toBe(false);
        seen.add(key);
      }
    }));

  test("the parts of a split phase come one after the other, each by whom the one before was built", () =>
    checked(({ taken }) => {
      for (const [index, { step, part, builder }] of taken.entries())
        if (step === "split" && part > 1) {
          const before = taken[index - 1];
          expect([before?.part, before?.builder]).toEqual([part - 1, builder]);
        }
    }));

  test("no step is taken more often than the table says", () =>
    checked(({ taken }, { ask }) => {
      // A person begins the chain anew.
      if (ask) return;
      const most = (step: string, failureClass: string) => {
        const links = kinds
          .filter((kind) => factsOf(kind).class === failureClass)
          .flatMap((kind) => [...chainAfter({ kind }, false), ...chainOverChange])
          .filter((link) => link.step === step);
        return Math.max(
          ...links.map(({ times }) => (times === "attempts" ? Number.POSITIVE_INFINITY : times)),
        );
      };
      for (const { step, class: failureClass } of taken.filter((one) => one.step !== "first")) {
        const isBegun = ({ part }: (typeof taken)[number]) => step !== "split" || part === 1;
        const alike = taken.filter((one) => one.step === step && one.class === failureClass && isBegun(one));
        expect(alike.length, step).toBeLessThanOrEqual(most(step, failureClass));
      }
    }));
});
