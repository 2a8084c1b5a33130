import type { PhaseState, RunState } from "../../domain/fold.ts";
import type { RunRow } from "../../domain/ledger.ts";
import type { RunRecord } from "../../domain/record.ts";
import { isEnded, isEvidence, type Purpose, purposes } from "../../domain/run.ts";
import { importedOf } from "./imported.ts";
import { allAttempts, countsOf, showCounts, showSpend, showTry, spendOf } from "./run-facts.ts";
import { layTable, type Palette, paletteOf } from "./terminal.ts";
import { clockTime, cut, dateTime, elapsed, formatCount, formatDuration, stripControl } from "./text.ts";

export interface Screen {
  readonly columns: number;
  readonly colour: boolean;
}

/** What a phase's builder or check printed last, and when. */
interface LiveOutput {
  readonly lastLine: string;
  readonly since: Date;
}
export type LiveOutputs = ReadonlyMap<string, LiveOutput>;

const isEvidenceRow = (row: RunRow): boolean =>
  (purposes as readonly string[]).includes(row.purpose) && isEvidence(row.purpose as Purpose);

/** The runs for `status --json`: runs that are evidence, and what other programs recorded, stand apart from work. */
export const statusOf = (runs: readonly RunRow[], imported: readonly RunRecord[] = []) => ({
  schemaVersion: 1 as const,
  runs: runs.filter((row) => !isEvidenceRow(row)),
  evidenceRuns: runs.filter(isEvidenceRow),
  importedRuns: importedOf(imported),
});

/** All runs, in the order given; runs that are evidence under a heading of their own. */
export function renderStatus(runs: readonly RunRow[], now: Date, screen: Screen): string {
  const { runs: work, evidenceRuns } = statusOf(runs);
  const { bold } = paletteOf(screen.colour);
  const heading = (text: string) => bold(cut(text, screen.columns));
  const none = evidenceRuns.length > 0 ? "No runs of work yet." : "No runs yet.";
  const lines = [
    ...(work.length > 0 ? runTable(work, now, screen) : [cut(none, screen.columns)]),
    ...(evidenceRuns.length > 0
      ? [
          "",
          heading("Evidence (validation and baseline runs, counted in no metric)"),
          ...runTable(evidenceRuns, now, screen),
        ]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

function runTable(runs: readonly RunRow[], now: Date, screen: Screen): string[] {
  const palette = paletteOf(screen.colour);
  const header = ["RUN", "STATE", "COMPLETE", "FAILED", "BLOCKED", "TOKENS", "TIME", "GOAL", "STARTED"];
  const rows = runs.map((row) => [
    stripControl(row.runId),
    {
      text: stripControl(row.reason === null ? row.state : `${row.state}, ${row.reason}`),
      paint: palette.state(row.state),
    },
    `${row.complete + row.skipped} of ${row.phases}`,
    String(row.failed),
    String(row.blocked),
    rowTokens(row),
    formatDuration(elapsed(row.createdAt, row.endedAt ?? now)),
    stripControl(row.goal),
    dateTime(row.createdAt),
  ]);
  return layTable([header.map((text) => ({ text, paint: palette.dim })), ...rows], {
    columns: screen.columns,
    flexible: header.indexOf("GOAL"),
    leavesOut: true,
  });
}

/** `unknown` and `1,200 + ?`, never a zero for what was not reported. */
function rowTokens(row: RunRow): string {
  if (row.attemptsWithUnknownTokens === 0) return formatCount(row.tokens);
  return row.tokens === 0 ? "unknown" : `${formatCount(row.tokens)} + ?`;
}

/** One run: its state, and each phase with what it does now or why it ended. */
export function renderRunStatus(
  state: RunState,
  now: Date,
  screen: Screen,
  live: LiveOutputs = new Map(),
): string {
  const palette = paletteOf(screen.colour);
  const line = (text: string) => cut(stripControl(text), screen.columns);
  const reason = state.reason ? `, ${state.reason}` : "";
  const took = formatDuration(elapsed(state.startedAt ?? state.createdAt, state.endedAt ?? now));
  const waiting = state.waiting;
  const lines = [
    palette.bold(line(`${state.runId}  ${state.state}${reason}  ${took}`)),
    line(state.created.goal),
    ...(isEvidence(state.created.purpose)
      ? [line(`A ${state.created.purpose} run: evidence, counted in no metric.`)]
      : []),
    line(showCounts(countsOf(state))),
    line(`Tokens: ${showSpend(spendOf(allAttempts(state)))}`),
    ...(waiting ? [line(`Waits on ${waiting.on}: ${waiting.why}${untilText(waiting.until, now)}`)] : []),
    ...(state.endedWhy === undefined ? [] : [line(`Ended: ${state.endedWhy}`)]),
    ...(state.cancelRequested && !isEnded(state.state) ? [line("A cancel was requested.")] : []),
    "",
    ...phaseTable(state, now, screen, palette, live),
  ];
  return `${lines.join("\n")}\n`;
}

function phaseTable(
  state: RunState,
  now: Date,
  screen: Screen,
  palette: Palette,
  live: LiveOutputs,
): string[] {
  const header = ["PHASE", "STATE", "ATTEMPT", "TIME", "TOKENS", ""].map((text) => ({
    text,
    paint: palette.dim,
  }));
  const rows = state.phases.map((phase) => [
    stripControl(phase.spec.id),
    { text: phase.state, paint: palette.state(phase.state) },
    phase.attempts.length === 0 ? "-" : showTry(phase).replace(/^attempt /, ""),
    phaseTime(phase, now),
    phaseTokens(phase),
    phaseNote(phase, now, live),
  ]);
  return layTable([header, ...rows], { columns: screen.columns, flexible: 5 });
}

/** How long the phase took, or has been at it; for a running attempt, since that began. */
export function phaseTime(phase: PhaseState, now: Date): string {
  if (phase.endedAt !== undefined)
    return phase.startedAt === undefined ? "-" : formatDuration(elapsed(phase.startedAt, phase.endedAt));
  const attempt = phase.attempts.at(-1);
  if (!attempt || attempt.outcome) return "-";
  return `since ${formatDuration(elapsed(attempt.startedAt, now))}`;
}

function phaseTokens(phase: PhaseState): string {
  const spend = spendOf(phase.attempts);
  if (spend.attempts === 0) return "-";
  if (spend.attemptsUnknown === 0) return formatCount(spend.reported);
  return spend.attemptsUnknown === spend.attempts ? "unknown" : `${formatCount(spend.reported)} + ?`;
}

/** The one thing worth saying of a phase at a glance. */
export function phaseNote(phase: PhaseState, now: Date, live: LiveOutputs): string {
  if (phase.blockedBy !== undefined) return stripControl(`blocked by ${phase.blockedBy}`);
  if (phase.certifiedIn !== undefined) return stripControl(`proven in run ${phase.certifiedIn}`);
  if (phase.failure) return stripControl(`${phase.failure.kind}: ${phase.failure.message}`);
  const last = phase.attempts.at(-1);
  if (phase.state === "executing" || phase.state === "verifying") {
    const output = live.get(phase.spec.id);
    if (last?.warning) return stripControl(`may be stuck, ${last.warning.kind}: ${last.warning.message}`);
    return output ? stripControl(output.lastLine) : "";
  }
  if (phase.state !== "queued") return "";
  if (phase.notBefore !== undefined && elapsed(phase.notBefore, now) < 0)
    return stripControl(
      `waits${untilText(phase.notBefore, now)}${phase.waitsFor ? `: ${phase.waitsFor}` : ""}`,
    );
  if (last?.failure) return stripControl(`last: ${last.failure.kind}: ${last.failure.message}`);
  return last?.interruption ? stripControl(`last: cut off, ${last.interruption.why}`) : "";
}

/** ` until 21:14:05Z (in 4 min 05 s)`, or nothing where there is no such instant. */
function untilText(until: string | undefined, now: Date): string {
  if (until === undefined) return "";
  const left = -elapsed(until, now);
  return ` until ${clockTime(until, now)}${left > 0 ? ` (in ${formatDuration(left)})` : ""}`;
}
