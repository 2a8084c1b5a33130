import type {
  Expectation,
  PhaseRecord,
  RecordedAttempt,
  RecordedFailure,
  RecordedTime,
  RecordedTokens,
  RunRecord,
} from "../../domain/record.ts";
import type { Screen } from "./status.ts";
import { layTable, paletteOf } from "./terminal.ts";
import { cut, dateTime, formatCount, plural, stripControl } from "./text.ts";

/** Imported runs for `status --json`. */
export const importedOf = (runs: readonly RunRecord[]) =>
  runs.map(
    ({
      runId,
      origin,
      name,
      recordedState,
      purpose,
      createdAt,
      endedAt,
      tokens,
      phases,
      contradictions,
    }) => ({
      runId,
      origin,
      name,
      recordedState,
      purpose,
      createdAt,
      endedAt,
      tokens,
      phases: phases.length,
      phasesByRecorded: countRecorded(phases),
      contradictions: contradictions.length,
    }),
  );

function countRecorded(phases: readonly PhaseRecord[]): Partial<Record<PhaseRecord["recorded"], number>> {
  const counts: Partial<Record<PhaseRecord["recorded"], number>> = {};
  for (const { recorded } of phases) counts[recorded] = (counts[recorded] ?? 0) + 1;
  return counts;
}

const mostShown = 20;

/** The newest imported runs under a heading of their own; nothing where none was imported. */
export function renderImported(runs: readonly RunRecord[], screen: Screen): string {
  if (runs.length === 0) return "";
  const { bold, dim } = paletteOf(screen.colour);
  const held = runs
    .filter(({ origin }) => origin === "imported")
    .toSorted((a, b) => ((a.createdAt?.at ?? "") > (b.createdAt?.at ?? "") ? -1 : 1));
  const named = runs.filter(({ origin }) => origin === "reference-only");
  const header = ["RUN", "RECORDED STATE", "COMPLETE", "FAILED", "TOKENS", "CREATED", "GOAL"];
  const rows = held.slice(0, mostShown).map((run) => {
    const counts = countRecorded(run.phases);
    return [
      stripControl(run.runId),
      stripControl(run.recordedState ?? "none"),
      `${counts.complete ?? 0} of ${run.phases.length}`,
      String(counts.failed ?? 0),
      tokensText(run.tokens),
      timeText(run.createdAt),
      stripControl(run.goal ?? ""),
    ];
  });
  const more = held.length - mostShown;
  const line = (text: string) => cut(text, screen.columns);
  return [
    bold(line("Imported (recorded by another program, counted in no metric of own runs)")),
    ...layTable([header.map((text) => ({ text, paint: dim })), ...rows], {
      columns: screen.columns,
      flexible: header.indexOf("GOAL"),
      leavesOut: true,
    }),
    ...(more > 0 ? [line(`… and ${formatCount(more)} more; --json lists all`)] : []),
    ...(named.length > 0 ? [line(namedText(named))] : []),
    "",
  ].join("\n");
}

const namedText = (named: readonly RunRecord[]): string =>
  `${plural(named.length, "run")} that rows name and no database holds: ${formatCount(
    named.reduce((sum, { tokens }) => sum + (tokens.spent ?? 0), 0),
  )} tokens in ${plural(
    named.reduce((sum, { tokens }) => sum + tokens.calls, 0),
    "call",
  )}`;

/** One imported run: what is recorded of it, phase by phase. */
export function renderImportedRun(run: RunRecord, screen: Screen): string {
  const { bold, dim } = paletteOf(screen.colour);
  const line = (text: string) => cut(stripControl(text), screen.columns);
  const header = ["PHASE", "RECORDED STATE", "ATTEMPTS", "TOKENS", "BEGAN", "WHY"];
  const rows = run.phases.map((phase) => [
    stripControl(phase.phaseId),
    stripControl(phase.recordedState ?? "none"),
    phase.attempts.length === 0 ? "unknown" : String(phase.attempts.length),
    tokensText(phase.tokens),
    timeText(phase.beginning),
    stripControl(phase.failure?.text ?? ""),
  ]);
  return `${[
    bold(line(`${run.runId}  ${run.recordedState ?? "no recorded state"}  (${originText(run)})`)),
    ...(run.goal === null ? [] : [line(run.goal)]),
    line(`Purpose: ${purposeText(run)}`),
    line(`Tokens: ${tokensText(run.tokens)} in ${plural(run.tokens.calls, "call")}`),
    line(`Created: ${timeText(run.createdAt)}`),
    "",
    ...layTable([header.map((text) => ({ text, paint: dim })), ...rows], {
      columns: screen.columns,
      flexible: 5,
      leavesOut: true,
    }),
    ...contradictionLines(run, null).map(line),
  ].join("\n")}\n`;
}

/** One phase of an imported run, in plain text. */
export function renderImportedPhase(run: RunRecord, phase: PhaseRecord): string {
  const lines = [
    `${phase.phaseId}: ${phase.name}`,
    `Recorded state: ${phase.recordedState ?? "none"}${phase.recorded === "illegal" ? " (no state of the program that wrote it)" : ""}`,
    `Run: ${run.runId} (${originText(run)})`,
    `Tier: ${phase.tier === "" ? "unknown" : phase.tier}`,
    `Category: ${phase.category ?? "unknown"}, complexity ${phase.complexity ?? "unknown"}`,
    `Began: ${timeText(phase.beginning)}`,
    `Ended: ${timeText(phase.end)}`,
    `Tokens: ${tokensText(phase.tokens)} in ${plural(phase.tokens.calls, "call")}${statedText(phase.tokens)}`,
    ...(phase.failure ? [`Failed: ${failureText(phase.failure)}`] : []),
    "",
    `Deliverables: ${phase.expectations.length === 0 ? "none are named" : phase.expectations.length}`,
    ...phase.expectations.map((expectation) => `  ${expectationText(expectation)}`),
    ...(phase.writeScope.length > 0 ? [`May write: ${phase.writeScope.join(", ")}`] : []),
    "",
    `Attempts: ${phase.attempts.length === 0 ? "unknown, no log tells of any" : phase.attempts.length}`,
    ...phase.attempts.map((attempt, place) => `  ${attemptText(attempt, place + 1)}`),
    ...contradictionLines(run, phase.phaseId),
  ];
  return `${lines.map((text) => /^ */.exec(text)?.[0] + stripControl(text)).join("\n")}\n`;
}

function contradictionLines({ contradictions }: RunRecord, phaseId: string | null): string[] {
  const own = contradictions.filter((one) => phaseId === null || one.phaseId === phaseId);
  if (own.length === 0) return [];
  return ["", "Contradictions in the record:", ...own.map(({ kind, message }) => `  ${kind}: ${message}`)];
}

const originText = ({ origin }: RunRecord): string =>
  origin === "imported" ? "imported" : "named by rows, not held by the database";

const purposeText = ({ purpose, proposedPurpose }: RunRecord): string =>
  proposedPurpose ? `${purpose}; proposed ${proposedPurpose.purpose}: ${proposedPurpose.reason}` : purpose;

const timeText = (time: RecordedTime | null): string =>
  time === null ? "unknown" : `${dateTime(time.at)}${time.certain ? "" : " (not certain)"}`;

const tokensText = ({ spent }: RecordedTokens): string => (spent === null ? "unknown" : formatCount(spent));

const statedText = ({ stated, spent }: RecordedTokens): string =>
  stated === null || stated === spent ? "" : `; the phase states ${formatCount(stated)}`;

const failureText = ({ text, kind, class: name, fingerprint }: RecordedFailure): string =>
  `${text} (${kind}, ${name}, ${fingerprint})`;

function expectationText({ entry, target, change, mustContain }: Expectation): string {
  const holds = mustContain.length > 0 ? `; must hold ${mustContain.join(", ")}` : "";
  return `${entry} [${target.kind === "prose" ? "not judged" : `${target.kind}, ${change}`}${holds}]`;
}

function attemptText(attempt: RecordedAttempt, nth: number): string {
  const tokens = attempt.tokens === null ? "tokens unknown" : plural(attempt.tokens, "token");
  const why = attempt.failure ? `: ${failureText(attempt.failure)}` : "";
  return `${nth}. ${timeText(attempt.startedAt)}, ${attempt.outcome}, ${tokens}${why}`;
}
