import type { PlannedImport } from "../../assessment/import/plan-import.ts";
import type { BuiltRecords } from "../../domain/build-records.ts";
import type { Contradiction } from "../../domain/record.ts";
import type { RecordSource } from "../../domain/record-events.ts";
import type { Screen } from "./status.ts";
import { layTable, type Palette, paletteOf } from "./terminal.ts";
import { cut, formatCount, plural, stripControl } from "./text.ts";

interface Imported {
  readonly file: string;
  readonly source: RecordSource;
  readonly planned: PlannedImport;
  readonly built: BuiltRecords;
  /** Tries that the logs told of. */
  readonly attempts: number;
}

export type ImportResult = ReturnType<typeof importResult>;

/** What an import added, and what the ledger holds of other programs' runs after it. */
export function importResult({ file, source, planned, built, attempts }: Imported) {
  const { runs, clock } = built;
  const held = runs.filter(({ origin }) => origin === "imported");
  const named = runs.filter(({ origin }) => origin === "reference-only");
  const phases = held.flatMap((run) => run.phases);
  const contradictions = runs.flatMap((run) => run.contradictions);
  const spendOf = (some: typeof runs) => ({
    runs: some.length,
    calls: some.reduce((sum, { tokens }) => sum + tokens.calls, 0),
    tokens: some.reduce((sum, { tokens }) => sum + (tokens.spent ?? 0), 0),
  });
  return {
    schemaVersion: 1 as const,
    file,
    sha256: source.sha256,
    snapshot: source.snapshot,
    appended: {
      streams: planned.appends.length,
      events: planned.appends.reduce((sum, { events }) => sum + events.length, 0),
    },
    tables: planned.counts,
    unread: planned.unread,
    phases: phases.length,
    phasesByState: countBy(phases.map(({ recordedState }) => recordedState ?? "none")),
    held: spendOf(held),
    /** Runs that rows speak of and no database holds: counted in tokens, never in phases. */
    referenceOnly: spendOf(named),
    /** Prompt and completion tokens are a fixed share of one sum: never used for price or calibration. */
    tokenSplit: "estimated" as const,
    clock: {
      ...clock,
      phasesWithUncertainBeginning: phases.filter(({ beginning }) => !beginning?.certain).length,
    },
    attempts: {
      inLogs: attempts,
      joined: phases.reduce((sum, phase) => sum + phase.attempts.length, 0),
      unmatched: planned.unmatchedTries,
    },
    purposes: runs.flatMap(({ runId, purpose, proposedPurpose }) =>
      proposedPurpose
        ? [{ runId, purpose, proposed: proposedPurpose.purpose, reason: proposedPurpose.reason }]
        : [],
    ),
    contradictionsByKind: countBy(contradictions.map(({ kind }) => kind)),
    contradictions,
  };
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const mostShown = 5;

/** For people: the tables, the sums, then what is odd, a few of each kind. */
export function renderImport(result: ImportResult, screen: Screen): string {
  const palette = paletteOf(screen.colour);
  const line = (text: string) => cut(stripControl(text), screen.columns);
  const { appended, held, referenceOnly, clock } = result;
  const added =
    appended.events === 0
      ? `nothing new: the ledger holds all of it (snapshot ${result.snapshot})`
      : `snapshot ${result.snapshot}, ${plural(appended.events, "event")} in ${plural(appended.streams, "stream")}`;
  const states = Object.entries(result.phasesByState).map(
    ([state, count]) => `${formatCount(count)} ${state}`,
  );
  const sums = [
    [
      "Runs",
      `${formatCount(held.runs)}, and ${formatCount(referenceOnly.runs)} that rows name and no database holds`,
    ],
    ["Phases", `${formatCount(result.phases)}: ${states.join(", ")}`],
    [
      "Tokens",
      `${formatCount(held.tokens)} in ${plural(held.calls, "call")}; ` +
        `${formatCount(referenceOnly.tokens)} in ${plural(referenceOnly.calls, "call")} of runs not held`,
    ],
    [
      "Attempts",
      `${formatCount(result.attempts.inLogs)} in logs, ${formatCount(result.attempts.joined)} joined to phases`,
    ],
    ["Clock", clockText(clock)],
  ];
  const lines = [
    palette.bold(line(`Imported ${result.file}: ${added}`)),
    "",
    ...layTable(
      sums.map((cells) => cells.map((cell) => stripControl(cell))),
      { columns: screen.columns, flexible: 1 },
    ),
    "",
    ...tableOfTables(result, screen, palette),
    ...oddities(result).flatMap(({ title, items }) => [
      "",
      palette.bold(line(title)),
      ...items.slice(0, mostShown).map((item) => `  ${cut(stripControl(item), screen.columns - 2)}`),
      ...(items.length > mostShown
        ? [`  ${line(`… and ${formatCount(items.length - mostShown)} more; --json lists all`)}`]
        : []),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function clockText({
  offsetMinutes,
  phasesWithUncertainBeginning: uncertain,
}: ImportResult["clock"]): string {
  const of = `; the beginning of ${plural(uncertain, "phase")} is not certain`;
  if (offsetMinutes === null) return `nothing tells local times from UTC${of}`;
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number) => String(value).padStart(2, "0");
  const sign = offsetMinutes < 0 ? "-" : "+";
  return `local times are UTC${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}${of}`;
}

function tableOfTables({ tables }: ImportResult, screen: Screen, palette: Palette): string[] {
  const header = ["TABLE", "ROWS", ""].map((text) => ({ text, paint: palette.dim }));
  const rows = tables.map(({ table, rows: count, known, unknownColumns, missingColumns }) => [
    stripControl(table),
    formatCount(count),
    stripControl(
      [
        ...(known ? [] : ["unknown table"]),
        ...(unknownColumns.length > 0 ? [`unknown columns: ${unknownColumns.join(", ")}`] : []),
        ...(missingColumns.length > 0 ? [`lacks ${missingColumns.join(", ")}`] : []),
      ].join("; "),
    ),
  ]);
  return layTable([header, ...rows], { columns: screen.columns, flexible: 2 });
}

function oddities({ unread, attempts, contradictions, purposes }: ImportResult) {
  const kinds = Map.groupBy(contradictions, ({ kind }) => kind);
  return [
    {
      title: `Not read: ${plural(unread.length, "row")}`,
      items: unread.map(({ table, key, why }) => `${table} ${key}: ${why}`),
    },
    {
      title: `Of no run: ${plural(attempts.unmatched.length, "attempt")}`,
      items: attempts.unmatched.map(({ phaseId, startedAt }) => `${phaseId} at ${startedAt}`),
    },
    {
      title: `Purpose unknown, proposed: ${plural(purposes.length, "run")}`,
      items: purposes.map(({ runId, proposed, reason }) => `${runId}: ${proposed}, ${reason}`),
    },
    ...[...kinds]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, found]) => ({
        title: `${kind}: ${formatCount(found.length)}`,
        items: found.map(describe),
      })),
  ].filter(({ items }) => items.length > 0);
}

const describe = ({ runId, phaseId, message }: Contradiction): string =>
  `${[runId, phaseId].filter((part) => part !== null).join("/")}: ${message}`;
