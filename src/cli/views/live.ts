import type { PhaseState, RunState } from "../../domain/fold.ts";
import { allAttempts, countsOf, showSpend, showTry, spendOf } from "./run-facts.ts";
import { type LiveOutputs, phaseNote, phaseTime, type Screen } from "./status.ts";
import { type Cell, layTable, type Palette, paletteOf } from "./terminal.ts";
import { cut, elapsed, formatDuration, stripControl } from "./text.ts";

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const mostWaiting = 4;
const quietMs = 60_000;

/**
 * The block that shows a running run on a terminal, to be redrawn in place: the run in one line, a line for each
 * phase at work, then those that wait for a time. No line is wider than `columns`. `frame` moves the sign of life.
 */
export function renderLive(
  state: RunState,
  now: Date,
  live: LiveOutputs,
  screen: Screen & { readonly frame: number },
): string[] {
  const palette = paletteOf(screen.colour);
  const sign = spinner[Math.abs(Math.trunc(screen.frame)) % spinner.length] ?? "";
  const active = state.phases.filter((phase) => phase.state === "executing" || phase.state === "verifying");
  const waiting = state.phases.filter(
    (phase) => phase.state === "queued" && phase.notBefore !== undefined && elapsed(phase.notBefore, now) < 0,
  );
  const rows = [
    ...active.map((phase) => activeRow(phase, now, live, palette, sign)),
    ...waiting.slice(0, mostWaiting).map((phase) => waitingRow(phase, now, palette)),
  ];
  const more = waiting.length - mostWaiting;
  return [
    palette.bold(cut(summary(state, now), screen.columns)),
    ...layTable(rows, { columns: screen.columns, flexible: 5 }),
    ...(more > 0 ? [palette.dim(cut(`  and ${more} more that wait`, screen.columns))] : []),
  ];
}

function summary(state: RunState, now: Date): string {
  const counts = countsOf(state);
  const parts = [
    stripControl(state.runId),
    state.cancelRequested ? "is being cancelled" : state.state,
    `${counts.complete} of ${counts.phases} complete`,
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(counts.blocked > 0 ? [`${counts.blocked} blocked`] : []),
    formatDuration(elapsed(state.startedAt ?? state.createdAt, now)),
    `tokens: ${showSpend(spendOf(allAttempts(state)))}`,
  ];
  return parts.join("  ");
}

function activeRow(
  phase: PhaseState,
  now: Date,
  live: LiveOutputs,
  palette: Palette,
  sign: string,
): (string | Cell)[] {
  const output = live.get(phase.spec.id);
  const quiet = output ? now.getTime() - output.since.getTime() : 0;
  const silence = quiet >= quietMs ? `[silent for ${formatDuration(quiet)}] ` : "";
  return [
    { text: sign, paint: palette.cyan },
    stripControl(phase.spec.id),
    { text: phase.state, paint: palette.state(phase.state) },
    showTry(phase),
    phaseTime(phase, now).replace(/^since /, ""),
    { text: `${silence}${phaseNote(phase, now, live)}`, paint: palette.dim },
  ];
}

const waitingRow = (phase: PhaseState, now: Date, palette: Palette): (string | Cell)[] => [
  { text: "·", paint: palette.yellow },
  stripControl(phase.spec.id),
  { text: "waits", paint: palette.yellow },
  showTry(phase),
  "",
  { text: phaseNote(phase, now, new Map()), paint: palette.dim },
];
