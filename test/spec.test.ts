import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { assess } from "../src/assessment/assess.ts";
import { claimRules } from "../src/assessment/claims/read-claims.ts";
import { recordOfRun } from "../src/assessment/record-of-run.ts";
import { assessmentDocument } from "../src/cli/views/assessment.ts";
import { conversationResult } from "../src/cli/views/conversation.ts";
import { phaseDetail } from "../src/cli/views/phase-detail.ts";
import { eventLine } from "../src/cli/views/progress.ts";
import { replayResult } from "../src/cli/views/replay.ts";
import { reportOf } from "../src/cli/views/report.ts";
import { runResult } from "../src/cli/views/run-result.ts";
import { statusOf } from "../src/cli/views/status.ts";
import { configJsonSchema } from "../src/config.ts";
import { conversationOf } from "../src/context/conversation/conversation.ts";
import { summariseConversation } from "../src/context/conversation/summarise.ts";
import { exitCodes } from "../src/domain/app-error.ts";
import { deliverableStates, recommendedActions, strengths, verdicts } from "../src/domain/assessment.ts";
import { breakerEventTypes, breakerScopeKinds } from "../src/domain/breaker.ts";
import { chainSteps } from "../src/domain/chain.ts";
import { decidedBy, decidedByClass } from "../src/domain/decided-by.ts";
import { gateDecisions, requestTypes } from "../src/domain/events.ts";
import { type FailureKind, factsOf, failureClasses, failureKinds } from "../src/domain/failure.ts";
import { endedRunStates, runFailureReasons, runStates } from "../src/domain/run.ts";
import {
  endedPhaseStates,
  phaseStates,
  phaseTransitions,
  runTransitions,
  satisfiedPhaseStates,
} from "../src/domain/transitions.ts";
import { inputNames } from "../src/failures/breaker/kinds.ts";
import { type Chain, chainOverChange, chainsOfClasses, chainsOfKinds } from "../src/failures/chain-table.ts";
import { providerRules } from "../src/failures/classify/provider-rules.ts";
import { textRules } from "../src/failures/classify/text-rules.ts";
import { findingCodes } from "../src/plan/findings.ts";
import { formats } from "../src/plan/importers/import-plan.ts";
import { noteKinds } from "../src/plan/importers/source-plan.ts";
import { attemptRef, publishedBranch, rescueRef, runHeadRef } from "../src/platform/private-repository.ts";
import { SampleRun, sampleFailure, samplePhase, samplePlan } from "./harness/sample-run.ts";

const spec = readFileSync(join(import.meta.dirname, "../docs/spec.md"), "utf8");

type Row = Readonly<Record<string, string>>;

/** The rows of the table under `heading` whose first column is `first`, cells without their code marks. */
function table(heading: string, first: string): Row[] {
  const section = spec.split(/^#{2,3} /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const lines = section.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${first} |`));
  if (start === -1) throw new Error(`the spec has no table of ${first} under ${heading}`);
  const rows = lines.slice(start).map(cellsOf);
  const end = rows.findIndex((cells) => cells.length === 0);
  const [header = [], , ...body] = rows.slice(0, end === -1 ? undefined : end);
  return body.map((cells) => {
    expect(cells, `${heading}: ${cells.join(", ")}`).toHaveLength(header.length);
    return Object.fromEntries(cells.map((cell, index) => [header[index], cell.replace(/^`([^`]*)`$/, "$1")]));
  });
}

const cellsOf = (line: string): string[] =>
  line.startsWith("|")
    ? line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("\\|", "|"))
    : [];

/** Both ways: what only one of the two has shows as a difference, and so does what stands there twice. */
const byFirst = (rows: readonly (readonly string[])[]): (readonly string[])[] =>
  rows.toSorted((a, b) => (a.join("\n") < b.join("\n") ? -1 : 1));
const expectSame = (documented: readonly (readonly string[])[], coded: readonly (readonly string[])[]) =>
  expect(byFirst(documented)).toEqual(byFirst(coded));

const columns = (rows: readonly Row[], ...names: readonly string[]): string[][] =>
  rows.map((row) => names.map((name) => row[name] ?? `no column ${name}`));
const yesNo = (value: boolean): string => (value ? "yes" : "no");
const pairsOf = (transitions: Readonly<Record<string, Readonly<Record<string, string>>>>): string[][] =>
  Object.entries(transitions).flatMap(([from, row]) =>
    Object.entries(row).map(([event, to]) => [from, event, to === "ended" ? "(ended)" : to]),
  );

describe("docs/spec.md", () => {
  test("has the formats that can be imported, and the notes of an import", () => {
    const documented = columns(table("Importing plans", "format"), "format").flat();
    expectSame(
      [...new Set(documented)].map((name) => [name]),
      formats.map(({ name }) => [name]),
    );
    expectSame(columns(table("Importing plans", "note"), "note", "about"), Object.entries(noteKinds));
  });

  test("has the states and reasons of runs", () => {
    expectSame(
      columns(table("Run states", "state"), "state", "ended"),
      runStates.map((state) => [state, yesNo(endedRunStates.includes(state))]),
    );
    expectSame(
      columns(table("Reasons", "reason"), "reason"),
      runFailureReasons.map((reason) => [reason]),
    );
  });

  test("has the states of phases", () => {
    expectSame(
      columns(table("Phase states", "state"), "state", "ended", "dependants may start"),
      phaseStates.map((state) => [
        state,
        yesNo(endedPhaseStates.includes(state)),
        yesNo(satisfiedPhaseStates.includes(state)),
      ]),
    );
  });

  test("has every transition and no other", () => {
    const documented = (heading: string) => columns(table(heading, "from"), "from", "event", "to");
    expectSame(documented("Run transitions"), pairsOf(runTransitions));
    expectSame(documented("Phase transitions"), pairsOf(phaseTransitions));
  });

  test("has every event type, with a meaning", () => {
    const rows = [runTransitions, phaseTransitions].flatMap((transitions) => pairsOf(transitions));
    const types = new Set(["run-created", ...rows.map(([, event]) => event ?? ""), ...requestTypes]);
    const documented = table("Events", "event");
    expectSame(
      columns(documented, "event"),
      [...types].map((type) => [type]),
    );
    for (const { meaning } of documented) expect(meaning).not.toBe("");
  });

  test("has the words of an assessment, and the strengths", () => {
    const documented = (heading: string, first: string) => columns(table(heading, first), first);
    const named = (list: readonly string[]) => list.map((name) => [name]);
    expectSame(documented("States of a deliverable", "state"), named(deliverableStates));
    const rows = table("Verdicts", "if").map((row) => /^`?([\w-]+)/.exec(row["verdict"] ?? "")?.[1] ?? "");
    expectSame(named([...new Set(rows)]), named(verdicts));
    expectSame(
      columns(table("Confidence", "entry"), "entry", "strength"),
      Object.entries(strengths).map(([entry, strength]) => [entry, `${strength}`]),
    );
    expectSame(documented("Claims", "rule"), named(claimRules));
    expectSame(documented("Actions", "action"), named(recommendedActions));
  });

  test("has every failure class, with its retry rule", () => {
    expectSame(
      columns(table("Failure classes", "class"), "class", "decided by"),
      failureClasses.map((name) => [name, decidedByClass(name)]),
    );
  });

  test("has who decided the kinds of which their class says something else", () => {
    const kinds = Object.keys(failureKinds) as FailureKind[];
    const others = kinds.filter((kind) => decidedBy(kind) !== decidedByClass(factsOf(kind).class));
    expectSame(
      columns(table("Failure classes", "kind"), "kind", "who decided"),
      others.map((kind) => [kind, decidedBy(kind)]),
    );
  });

  test("has every chain and step of what follows a failure", () => {
    const show = (chain: Chain) =>
      chain.map(({ step, times }) => `\`${step}\` ${times}`).join(", ") || "none";
    expectSame(columns(table("What follows a failure", "after"), "after", "steps, in this order"), [
      ...Object.entries(chainsOfClasses).map(([name, chain]) => [`class \`${name}\``, show(chain)]),
      ["class `environment`, over a change", show(chainOverChange)],
      ...Object.entries(chainsOfKinds).map(([kind, chain]) => [kind, show(chain)]),
    ]);
    expect(columns(table("What follows a failure", "step"), "step").flat()).toEqual(chainSteps);
  });

  test("has the events, scopes and inputs of the breaker", () => {
    const first = (column: string) => columns(table("The breaker", column), column).flat();
    expect(first("event")).toEqual(breakerEventTypes);
    expect(first("scope")).toEqual(breakerScopeKinds);
    expect(first("input")).toEqual(inputNames);
  });

  test("has every failure kind, with class, meaning and action", () => {
    expectSame(
      columns(table("Failure kinds", "kind"), "kind", "area", "class", "meaning", "action"),
      Object.entries(failureKinds).map(([kind, facts]) => [
        kind,
        facts.area,
        facts.class,
        facts.meaning,
        facts.action,
      ]),
    );
  });

  test("has the rules that classify, in their order", () => {
    expect(columns(table("Rules of text", "rule"), "rule", "read in", "kind", "example")).toEqual(
      textRules.map(({ name, from, kind, example }) => [name, from.join(", "), kind, example]),
    );
    expect(
      table("Codes of providers", "codes").map((row) => [
        [...(row["codes"] ?? "").matchAll(/\w+/g)].map(([code]) => code).join(" "),
        row["kind"],
      ]),
    ).toEqual(providerRules.map(({ codes = ["any"], kind }) => [codes.join(" "), kind]));
  });

  test("says which classes have no kind", () => {
    const used = new Set<string>(Object.values(failureKinds).map((facts) => facts.class));
    const unused = table("Failure classes", "class").filter((row) =>
      /no kind has/.test(row["retry rule"] ?? ""),
    );
    expect(unused.map((row) => row["class"])).toEqual(failureClasses.filter((name) => !used.has(name)));
  });

  test("has the decisions of the gate", () => {
    expectSame(
      columns(table("Gate", "decision"), "decision"),
      gateDecisions.map((decision) => [decision]),
    );
  });

  test("has every lint code, with severity, meaning and action", () => {
    expectSame(
      columns(table("Plan lint codes", "code"), "code", "severity", "meaning", "action"),
      Object.entries(findingCodes).map(([code, { severity, meaning, action }]) => [
        code,
        severity,
        meaning,
        action,
      ]),
    );
  });

  test("has every exit code", () => {
    expectSame(
      columns(table("Exit codes", "code"), "code", "name"),
      Object.entries(exitCodes).map(([name, code]) => [String(code), name]),
    );
  });

  test("has every field of the configuration, with default and doc line", () => {
    expectSame(
      columns(table("Limits and defaults", "field"), "field", "default", "what"),
      fieldsOf(configJsonSchema() as Schema),
    );
  });

  test("has the refs as the program names them", () => {
    const documented = columns(table("Where things are", "ref"), "ref").flat();
    const marks = ["<run>", "<phase>", "<attempt>"] as const;
    const [run, phase] = marks;
    const named = [
      runHeadRef(run),
      attemptRef(run, phase, 1),
      rescueRef(run, phase, 1),
      `refs/heads/${publishedBranch(run)}`,
    ];
    for (const ref of named) expect(documented).toContain(ref.replace(/\/1$/, "/<attempt>"));
    expect(documented).toHaveLength(named.length + 1);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly default?: unknown;
  readonly description?: string;
}

/** The fields down to those that are no fixed group of others: path, default, doc line. */
function fieldsOf({ properties = {} }: Schema, path = ""): string[][] {
  return Object.entries(properties).flatMap(([name, field]) =>
    field.properties
      ? fieldsOf(field, `${path}${name}.`)
      : [
          [
            `${path}${name}`,
            field.default === undefined ? "-" : JSON.stringify(field.default),
            field.description ?? "no doc line",
          ],
        ],
  );
}

describe("the JSON outputs in docs/spec.md", () => {
  /** The fields of the row whose first cell begins with `command`; optional ones with their mark. */
  const fieldsFor = (command: string): string[] => {
    const row = table("JSON outputs", "command").find((cells) =>
      (cells["command"] ?? "").startsWith(command),
    );
    const [fields = ""] = (row?.["top-level fields"] ?? "").split("; with");
    return [...fields.matchAll(/`(\w+\??)`/g)].map(([, field = ""]) => field);
  };
  const expectFields = (command: string, outputs: readonly object[]) => {
    const documented = fieldsFor(command);
    const required = documented.filter((field) => !field.endsWith("?"));
    const known = documented.map((field) => field.replace("?", ""));
    const seen = new Set(outputs.flatMap((output) => Object.keys(output)));
    expect([...seen].sort()).toEqual(known.toSorted());
    for (const output of outputs) expect(Object.keys(output)).toEqual(expect.arrayContaining(required));
  };

  const [a, b, c] = [samplePhase("a"), samplePhase("b"), samplePhase("c", { dependsOn: ["b"] })];
  const whole = new SampleRun(samplePlan([a, b, c]), { continues: "sample-0" }).complete("a");
  whole.failAttempt("b").failPhase("b").block("c", "b");
  const [x] = [samplePhase("x", { ask: true })];
  const asks = new SampleRun(samplePlan([x])).failAttempt("x");
  const passedOver = [{ step: "another-builder", why: "it is too dear" }] as const;
  const told = { phaseId: "x", failure: sampleFailure(), because: "nothing is left", passedOver };
  asks.append({ type: "phase-asked", data: told });
  asks.append({ type: "phase-retried", data: { phaseId: "x", by: "a person", reason: "mended" } });
  asks.append({ type: "phase-asked", data: told });
  const branch = { branch: "autopack/sample-1", commit: whole.state().head };
  whole.append({ type: "publishing-started", data: branch }).append({ type: "run-published", data: branch });
  whole.end("failed", "an end with a reason", "environment");
  const waits = new SampleRun(samplePlan([a, b])).append({
    type: "phase-skipped",
    data: { phaseId: "a", certifiedIn: "sample-0", certificate: whole.certificate("a") },
  });
  waits.append({
    type: "phase-delayed",
    data: { phaseId: "b", until: "2026-11-02T13:00:00.000Z", failure: sampleFailure() },
  });
  waits.append({ type: "run-waiting", data: { on: "time", why: "a wait" } });
  const states = [whole.state(), waits.state(), asks.state()];

  test("are those of run and resume", () =>
    expectFields("`run`, `resume`, `approve`", states.map(runResult)));

  test("are those of a line for each event", () => {
    const lines = whole.events.map((event) => JSON.parse(eventLine(whole.runId, event)) as object);
    expectFields("`run`, `resume` with", lines);
  });

  test("are those of status", () => expectFields("status", [statusOf([])]));

  test("are those of report", () => expectFields("report", states.map(reportOf)));

  test("are those of assess", () => {
    const runs = states.map(recordOfRun);
    const document = assessmentDocument(
      assess({ revision: "r", runs, evidence: new Map(), claims: [], unmatchedClaims: 0 }),
    );
    expectFields("assess", [document]);
    expectFields("a row of its `decisionMatrix`", document.decisionMatrix);
    const nested = document.phases.map(({ recommendation, ...phase }) => ({
      ...phase,
      recommendation,
      ...recommendation,
    }));
    expectFields("a phase of `assess`", nested);
  });

  test("are those of replay", () => expectFields("replay", [replayResult([], [], 0)]));

  test("are those of show", () =>
    expectFields(
      "show",
      states.flatMap((state) => state.phases.map((phase) => phaseDetail(state, phase.spec.id) ?? {})),
    ));

  test("are those of show --conversation", () => {
    const conversation = conversationOf(states[0]!, "b");
    expectFields("show --conversation", [
      conversationResult(conversation, summariseConversation(conversation, 100), 100),
    ]);
  });
});
