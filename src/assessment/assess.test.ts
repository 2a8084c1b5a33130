import { describe, expect, test } from "vitest";
import { claim, deliverable, phaseRecord, runRecord } from "../../test/harness/made-records.ts";
import type { Claim, DeliverableEvidence } from "../domain/assessment.ts";
import type { PhaseRecord, RecordedFailure, RunRecord } from "../domain/record.ts";
import { assess } from "./assess.ts";

const failure = (kind: RecordedFailure["kind"], failureClass: RecordedFailure["class"]): RecordedFailure => ({
  kind,
  class: failureClass,
  fingerprint: `v2:${kind}`,
  text: `what ${kind} said`,
});
const refused = failure("protected-path", "policy");
const broken = failure("tests-failed", "quality");

function assessed(
  runs: readonly RunRecord[],
  evidence: Readonly<Record<string, readonly DeliverableEvidence[]>>,
  claims: readonly Claim[] = [],
) {
  const found = Object.entries(evidence).map(([name, deliverables]) => {
    const [runId = "", phaseId = ""] = name.split("/");
    return [name, { runId, phaseId, deliverables, ownTestsPass: null, testsFirstPassAt: null }] as const;
  });
  return assess({ revision: "r".repeat(40), runs, evidence: new Map(found), claims, unmatchedClaims: 0 });
}
const only = (
  phase: PhaseRecord,
  deliverables: readonly DeliverableEvidence[],
  claims: readonly Claim[] = [],
) => {
  const [first] = assessed(
    [runRecord("run", [phase])],
    { [`run/${phase.phaseId}`]: deliverables },
    claims,
  ).phases;
  if (!first) throw new Error("nothing was assessed");
  return first;
};

describe("what to do about a phase", () => {
  test.each<[string, PhaseRecord, DeliverableEvidence[], string]>([
    ["delivered: credit", phaseRecord("a"), [deliverable("x", "ok")], "credit"],
    ["complete: keep it", phaseRecord("a", { recorded: "complete" }), [deliverable("x", "ok")], "preserve"],
    [
      "false then, filled since: credit",
      phaseRecord("a", { recorded: "complete" }),
      [deliverable("x", "ok", "denied")],
      "credit",
    ],
    [
      "false and still missing: again",
      phaseRecord("a", { recorded: "complete" }),
      [deliverable("x", "denied")],
      "retry",
    ],
    ["half there: finish", phaseRecord("a"), [deliverable("x", "ok"), deliverable("y", "denied")], "finish"],
    [
      "half there, and the cause stands",
      phaseRecord("a", { failure: refused }),
      [deliverable("x", "ok"), deliverable("y", "denied")],
      "retry-after-fix",
    ],
    [
      "not there, and it was the builder",
      phaseRecord("a", { failure: broken }),
      [deliverable("x", "denied")],
      "retry",
    ],
    [
      "not there, never tried, needed by nobody",
      phaseRecord("a", { recorded: "not-started" }),
      [deliverable("x", "denied")],
      "defer",
    ],
    ["nothing to look at", phaseRecord("a"), [], "investigate"],
  ])("%s", (_, phase, deliverables, action) => {
    const { recommendation } = only(phase, deliverables);
    expect(recommendation.action).toBe(action);
    expect(recommendation.reason).toMatch(/\w{3}/);
  });

  test("what others wait for is critical, and says whom it unblocks", () => {
    const needed = phaseRecord("a", { failure: broken });
    const others = ["b", "c", "d"].map((id, at) =>
      phaseRecord(id, { dependsOn: [at === 0 ? "a" : "b"], recorded: "not-started", ord: at + 1 }),
    );
    const { phases } = assessed([runRecord("run", [needed, ...others])], {
      "run/a": [deliverable("x", "denied")],
    });
    expect(phases[0]?.recommendation).toMatchObject({
      action: "retry",
      criticality: { level: "high", why: "3 phases need it" },
      unblocks: ["run/b", "run/c", "run/d"],
    });
  });

  test("a cycle in the record ends", () => {
    const [a, b] = [phaseRecord("a", { dependsOn: ["b"] }), phaseRecord("b", { dependsOn: ["a"] })];
    const { phases } = assessed([runRecord("run", [a, b])], { "run/a": [deliverable("x", "denied")] });
    expect(phases[0]?.recommendation.unblocks).toEqual(["run/b"]);
  });

  test("effort rests on what such phases took, and is not guessed where none did", () => {
    const took = (id: string, minutes: number) =>
      phaseRecord(id, {
        recorded: "complete",
        complexity: "HIGH",
        end: {
          at: new Date(Date.parse("2026-01-01T00:00:00Z") + minutes * 60_000).toISOString(),
          certain: true,
        },
      });
    const left = phaseRecord("left", { complexity: "high" });
    const half = [deliverable("x", "ok"), deliverable("y", "denied")];
    const run = runRecord("run", [took("1", 10), took("2", 20), took("3", 40), left]);
    const { phases } = assessed([run], { "run/left": half });
    expect(phases[3]?.recommendation.effortMinutes).toEqual({
      low: 5,
      high: 10,
      basis: "the middle half of 3 complete phases of complexity high",
    });
    expect(only(left, half).recommendation.effortMinutes).toBeNull();
  });
});

describe("claims", () => {
  const subject = { kind: "phase", runId: "run", phaseId: "a" } as const;

  test("one that the tree denies is a contradiction, whoever says it", () => {
    expect(only(phaseRecord("a"), [deliverable("x", "denied")], [claim("done", subject)]).verdict.name).toBe(
      "contradicted",
    );
  });

  test("a claim about another run touches nothing", () => {
    const other = claim("done", { kind: "run", runId: "other" });
    const { verdict, claims } = only(phaseRecord("a"), [deliverable("x", "denied")], [other]);
    expect([verdict.name, claims]).toEqual(["not-delivered", []]);
  });

  test("a document that claims itself satisfies its own entry and contradicts nothing", () => {
    const own = claim("done", { kind: "path", path: "docs/status.md" });
    const found = [deliverable("docs/status.md", "ok"), deliverable("x", "denied")];
    expect(only(phaseRecord("a"), found, [own]).verdict.name).toBe("partial");
  });
});

describe("root causes", () => {
  const spent = (tokens: number) => ({ spent: tokens, calls: 1, stated: null });
  const phases = [
    phaseRecord("a", { failure: refused, tokens: spent(100) }),
    phaseRecord("b", { failure: broken, tokens: spent(5_000) }),
    phaseRecord("c", { failure: refused, tokens: { spent: null, calls: 0, stated: null } }),
    phaseRecord("d"),
    phaseRecord("e", { recorded: "complete" }),
  ];
  const { rootCauses } = assessed([runRecord("run", phases)], { "run/e": [deliverable("x", "denied")] });

  test("stand under their fingerprint with what they cost, the dearest first", () => {
    expect(
      rootCauses.map(({ title, phases, tokensSpent, party }) => ({ title, phases, tokensSpent, party })),
    ).toEqual([
      {
        title: "tests-failed: what tests-failed said",
        phases: ["run/b"],
        tokensSpent: 5_000,
        party: "builder",
      },
      {
        title: "protected-path: what protected-path said",
        phases: ["run/a", "run/c"],
        tokensSpent: 100,
        party: "policy",
      },
      { title: "failed without a recorded reason", phases: ["run/d"], tokensSpent: null, party: "unknown" },
      {
        title: "recorded complete without looking at the tree",
        phases: ["run/e"],
        tokensSpent: null,
        party: "orchestrator",
      },
    ]);
  });

  test("say what could have been refused for free, and by what", () => {
    expect(rootCauses[1]?.refusableForFree).toBe("plan lint, before the first attempt");
    expect(rootCauses[0]?.refusableForFree).toBeNull();
  });
});

test("a run is one row: what is most urgent in it, and the sum of the effort that is known", () => {
  const run = runRecord("run", [phaseRecord("a"), phaseRecord("b", { ord: 1 })]);
  const { decisionMatrix } = assessed([run], {
    "run/a": [deliverable("x", "ok")],
    "run/b": [deliverable("y", "denied")],
  });
  expect(decisionMatrix.runs).toEqual([
    {
      subject: "run",
      status: "DONE_FAILED_REQUIRES_HUMAN_REVIEW",
      verdict: "1 delivered, 1 not-delivered",
      criticality: "low",
      action: "retry",
      effortMinutes: null,
      why: "1 credit, 1 retry",
    },
  ]);
});

test("later work of another run supersedes, and the order of runs in the record does not matter", () => {
  const early = runRecord("early", [
    phaseRecord("a", { beginning: { at: "2026-01-01T00:00:00.000Z", certain: true } }),
  ]);
  const late = runRecord("late", [
    phaseRecord("a", { beginning: { at: "2026-02-01T00:00:00.000Z", certain: true } }),
  ]);
  const evidence = { "early/a": [deliverable("x", "denied")], "late/a": [deliverable("x", "denied")] };
  const verdicts = (runs: RunRecord[]) =>
    assessed(runs, evidence).phases.map(
      ({ record, verdict }) => `${record.runId}: ${verdict.name} ${verdict.detail}`,
    );
  const expected = ["early: superseded by late/a", "late: not-delivered 0 of 1"];
  expect(verdicts([early, late])).toEqual(expected);
  expect(verdicts([late, early])).toEqual(expected.toReversed());
});
