import type { LoggedAttempt } from "../../failures/replay/attempt.ts";
import type { ReplayedAttempt } from "../../failures/replay/simulate.ts";
import { summariseReplay, type TokenSum } from "../../failures/replay/summarise.ts";
import type { Screen } from "./status.ts";
import { layTable, type Palette, paletteOf } from "./terminal.ts";
import { cut, formatCount, plural, stripControl } from "./text.ts";

export interface LogSummary {
  readonly path: string;
  readonly records: number;
  readonly attempts: number;
}

/** What a replay says, for `--json`. Times are as printed, or in UTC where `offset` (in minutes) is given. */
export function replayResult(
  rows: readonly ReplayedAttempt[],
  logs: readonly LogSummary[],
  duplicates: number,
  offset?: number,
) {
  const summary = summariseReplay(rows);
  return {
    schemaVersion: 1 as const,
    counterfactual:
      "What a refusal would have led to is not known. A refused attempt is judged by what it came to without it.",
    logs,
    duplicates,
    runs: summary.runs,
    phases: summary.phases,
    attempts: summary.attempts,
    outcomes: summary.outcomes,
    attemptsSaved: summary.refused,
    tokens: summary.tokens.known,
    attemptsWithoutTokens: summary.tokens.attemptsUnknown,
    tokensSaved: summary.tokensSaved.known,
    savedWithoutTokens: summary.tokensSaved.attemptsUnknown,
    sameCause: summary.actual["same-cause"],
    otherCause: summary.actual["other-cause"],
    wrongRefusals: summary.actual.succeeded,
    unassessable: summary.actual.unfinished,
    rules: summary.rules.map(({ rule, refused, refusedAlone, tokensSaved, actual }) => ({
      rule,
      refused,
      refusedAlone,
      tokensSaved: tokensSaved.known,
      savedWithoutTokens: tokensSaved.attemptsUnknown,
      sameCause: actual["same-cause"],
      otherCause: actual["other-cause"],
      wrongRefusals: actual.succeeded,
      unassessable: actual.unfinished,
    })),
    rows: rows.map((row) => rowOf(row, offset)),
  };
}
export type ReplayResult = ReturnType<typeof replayResult>;
type Row = ReplayResult["rows"][number];

function rowOf({ attempt, refusal }: ReplayedAttempt, offset: number | undefined) {
  return {
    run: attempt.run ?? "unknown",
    phase: attempt.phase,
    start: showTime(attempt.start, offset),
    end: attempt.end === undefined ? null : showTime(attempt.end, offset),
    outcome: attempt.outcome,
    status: attempt.status ?? null,
    cause: causeOf(attempt),
    fingerprint: attempt.cause?.fingerprint ?? null,
    tokens: attempt.tokens ?? ("unknown" as const),
    inputs: {
      process: attempt.process,
      base: attempt.base ?? "unknown",
      replans: attempt.replans,
      model: attempt.model ?? "unknown",
      scope: attempt.scope ?? "unknown",
    },
    refusedBy: refusal?.rule ?? null,
    ...(refusal ? { because: refusal.because, actual: refusal.actual } : {}),
  };
}

const causeOf = ({ cause }: LoggedAttempt) =>
  cause ? { kind: cause.kind, decidedBy: cause.decidedBy, message: cause.message } : null;

/** `2025-12-23 14:13:39` as printed; `2025-12-23T03:13:39.000Z` where it is known how far the clock is from UTC. */
function showTime(at: number, offset: number | undefined): string {
  if (offset !== undefined) return new Date(at - offset * 60_000).toISOString();
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

/** For people: the sums first, then each rule, then the attempts, equal ones that follow each other as one line. */
export function renderReplay(result: ReplayResult, screen: Screen): string {
  const palette = paletteOf(screen.colour);
  const line = (text: string) => cut(text, screen.columns);
  const { attemptsSaved: refused, outcomes } = result;
  const ofRefused = (count: number) => `${formatCount(count)} of ${formatCount(refused)}`;
  const again = result.duplicates > 0 ? `; ${formatCount(result.duplicates)} found again in copies` : "";
  const sums = [
    [
      "Attempts",
      `${formatCount(result.attempts)} of ${plural(result.phases, "phase")} in ${plural(result.runs, "run")}: ` +
        `${formatCount(outcomes.succeeded)} succeeded, ${formatCount(outcomes.failed)} failed, ` +
        `${formatCount(outcomes.unfinished)} unfinished${again}`,
    ],
    ["Attempts saved", `${formatCount(refused)} of ${formatCount(result.attempts)}`],
    [
      "Tokens saved",
      `${showTokens({ known: result.tokensSaved, attemptsUnknown: result.savedWithoutTokens })} of ` +
        showTokens({ known: result.tokens, attemptsUnknown: result.attemptsWithoutTokens }),
    ],
    ["Wrong refusals", `${ofRefused(result.wrongRefusals)} refused (they succeeded)`],
    ["Same cause", `${ofRefused(result.sameCause)} refused (what they were refused for came again)`],
    ["Other cause", `${ofRefused(result.otherCause)} refused (they failed of something else)`],
    ["Unassessable", `${ofRefused(result.unassessable)} refused (they did not end)`],
  ];
  const lines = [
    palette.bold(line(`Replay of ${plural(result.logs.length, "log")}`)),
    // One line for each sentence: on a narrow terminal none of it may be cut off.
    ...`Counterfactual. ${result.counterfactual}`.split(/(?<=known\.) /).map(line),
    "",
    ...layTable(sums, { columns: screen.columns, flexible: 1 }),
    "",
    ...ruleTable(result, screen, palette),
    ...(result.rows.length > 0 ? ["", ...rowTable(result.rows, screen, palette)] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** `1,234`; `1,234 + ?` where some attempts' tokens are not known; `unknown` where none's are. */
function showTokens({ known, attemptsUnknown }: TokenSum): string {
  if (attemptsUnknown === 0) return formatCount(known);
  return known === 0 ? "unknown" : `${formatCount(known)} + ? (${plural(attemptsUnknown, "attempt")})`;
}

function ruleTable({ rules }: ReplayResult, screen: Screen, palette: Palette): string[] {
  const names = ["RULE", "REFUSED", "BY IT ALONE", "TOKENS", "SAME", "OTHER", "WRONG", "UNASSESSABLE"];
  const rows = rules.map((rule) => [
    rule.rule,
    formatCount(rule.refused),
    formatCount(rule.refusedAlone),
    rule.refused === 0
      ? "-"
      : showTokens({ known: rule.tokensSaved, attemptsUnknown: rule.savedWithoutTokens }),
    formatCount(rule.sameCause),
    formatCount(rule.otherCause),
    { text: formatCount(rule.wrongRefusals), paint: rule.wrongRefusals > 0 ? palette.red : palette.green },
    formatCount(rule.unassessable),
  ]);
  return layTable([headerOf(names, palette), ...rows], { columns: screen.columns, flexible: 0 });
}

const headerOf = (names: readonly string[], palette: Palette) =>
  names.map((text) => ({ text, paint: palette.dim }));

/** Rows that follow each other and differ in times, tokens and inputs alone. */
interface Group {
  readonly like: string;
  readonly first: Row;
  readonly rows: Row[];
}

const sumOf = (rows: readonly Row[]): TokenSum => {
  const known = rows.flatMap(({ tokens }) => (tokens === "unknown" ? [] : [tokens]));
  return {
    known: known.reduce((sum, tokens) => sum + tokens, 0),
    attemptsUnknown: rows.length - known.length,
  };
};

function rowTable(rows: readonly Row[], screen: Screen, palette: Palette): string[] {
  const groups: Group[] = [];
  for (const row of rows) {
    const like = JSON.stringify([row.run, row.phase, row.outcome, row.cause, row.refusedBy, row.actual]);
    const last = groups.at(-1);
    if (last?.like === like) last.rows.push(row);
    else groups.push({ like, first: row, rows: [row] });
  }
  const names = ["START", "PHASE", "TIMES", "TOKENS", "REFUSED BY", "CAME TO", "CAUSE"];
  const cells = groups.map(({ first, rows: same }) => [
    first.start,
    stripControl(first.phase),
    `${formatCount(same.length)} x`,
    showTokens(sumOf(same)),
    first.refusedBy ?? "-",
    { text: first.actual ?? first.outcome, paint: first.actual === "succeeded" ? palette.red : palette.dim },
    stripControl(first.cause ? `${first.cause.kind}: ${first.cause.message}` : "-"),
  ]);
  return layTable([headerOf(names, palette), ...cells], { columns: screen.columns, flexible: 6 });
}
