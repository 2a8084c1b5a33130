import type { AssessedPhase, Assessment, RecommendedAction } from "../../domain/assessment.ts";
import { countVerdicts, showContradiction, showEffort, showVerdict } from "./assessment.ts";
import { type Cell, layTable, paletteOf } from "./terminal.ts";
import { cut, formatCount, plural, shortHash, stripControl } from "./text.ts";

interface Screen {
  readonly columns: number;
  readonly colour: boolean;
}

const shownCauses = 8;
const shownPhases = 12;
const shownContradictions = 5;

/** What to look at first comes first. */
const actions: readonly RecommendedAction[] = [
  "investigate",
  "retry-after-fix",
  "finish",
  "retry",
  "credit",
  "defer",
  "drop",
  "preserve",
];

/** One page for the person who comes back: what is done, what is not and why, and what to do first. */
export function renderAssessment(assessment: Assessment, screen: Screen): string {
  const { phases, revision } = assessment;
  const { bold } = paletteOf(screen.colour);
  const heading = (text: string) => ["", bold(cut(text, screen.columns))];
  const runs = new Set(phases.map(({ record }) => record.runId)).size;
  const lines = [
    bold(
      cut(
        `${plural(phases.length, "phase")} of ${plural(runs, "run")} at ${shortHash(revision)}`,
        screen.columns,
      ),
    ),
    ...verdictLines(phases, screen),
    ...section("Causes, the dearest first", causeLines(assessment, screen), heading),
    ...actions.flatMap((action) => actionLines(action, phases, screen, heading)),
    ...section("Contradictions in the record", contradictionLines(assessment, screen), heading),
  ];
  return `${lines.join("\n")}\n`;
}

const section = (title: string, lines: readonly string[], heading: (text: string) => string[]): string[] =>
  lines.length === 0 ? [] : [...heading(title), ...lines];

function verdictLines(phases: readonly AssessedPhase[], screen: Screen): string[] {
  const counts = [...countVerdicts(phases)].sort(([, a], [, b]) => b - a);
  const rows = counts.map(([name, count]) => {
    const recorded = new Map<string, number>();
    for (const { record, verdict } of phases)
      if (verdict.name === name) {
        const state = stripControl(record.recordedState ?? "none");
        recorded.set(state, (recorded.get(state) ?? 0) + 1);
      }
    const states = [...recorded].map(([state, of]) => `${formatCount(of)} ${state}`).join(", ");
    return [`  ${formatCount(count)}`, name, `recorded: ${states}`];
  });
  return layTable(rows, { columns: screen.columns, flexible: 2 });
}

function causeLines({ rootCauses }: Assessment, screen: Screen): string[] {
  const rows = rootCauses
    .slice(0, shownCauses)
    .map((cause): (string | Cell)[] => [
      `  ${plural(cause.phases.length, "phase")}`,
      cause.tokensSpent === null ? "tokens unknown" : `${formatCount(cause.tokensSpent)} tokens`,
      cause.party,
      stripControl(cause.title),
    ]);
  return [
    ...layTable(rows, { columns: screen.columns, flexible: 3 }),
    ...more(rootCauses.length - shownCauses, "cause", screen),
  ];
}

function actionLines(
  action: RecommendedAction,
  phases: readonly AssessedPhase[],
  screen: Screen,
  heading: (text: string) => string[],
): string[] {
  const chosen = phases.filter(({ recommendation }) => recommendation.action === action);
  if (chosen.length === 0) return [];
  const { dim } = paletteOf(screen.colour);
  const levels = ["high", "medium", "low"];
  const byNeed = [...chosen].sort(
    (a, b) =>
      levels.indexOf(a.recommendation.criticality.level) - levels.indexOf(b.recommendation.criticality.level),
  );
  const rows = byNeed
    .slice(0, shownPhases)
    .map(({ record, verdict, recommendation }): (string | Cell)[] => [
      `  ${stripControl(`${record.runId}/${record.phaseId}`)}`,
      recommendation.criticality.level,
      verdict.confidence === null ? "-" : `${verdict.confidence} %`,
      ...(recommendation.effortMinutes === null ? ["-"] : [showEffort(recommendation.effortMinutes)]),
      { text: stripControl(`${showVerdict(verdict)}: ${recommendation.reason}`), paint: dim },
    ]);
  return [
    ...heading(`${action}: ${plural(chosen.length, "phase")}`),
    ...layTable(rows, { columns: screen.columns, flexible: 4 }),
    ...more(chosen.length - shownPhases, "phase", screen),
  ];
}

function contradictionLines({ contradictions }: Assessment, screen: Screen): string[] {
  return [
    ...contradictions
      .slice(0, shownContradictions)
      .map((one) => cut(`  ${stripControl(showContradiction(one))}`, screen.columns)),
    ...more(contradictions.length - shownContradictions, "contradiction", screen),
  ];
}

const more = (left: number, what: string, screen: Screen): string[] =>
  left > 0
    ? [cut(`  and ${plural(left, `more ${what}`)}: autopack assess --format markdown`, screen.columns)]
    : [];
