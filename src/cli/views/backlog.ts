import type { AssessedPhase } from "../../domain/assessment.ts";
import type { Exported, ExportedPlan } from "../remediation-plans.ts";
import { showVerdict } from "./assessment.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import { cleanLines } from "./text.ts";

/** What is deferred and archived, run by run, with all that is known of what it was to be. */
export function renderBacklog(kept: readonly Exported[], plans: readonly ExportedPlan[]): string {
  const lines = ["# Backlog", ""];
  for (const [runId, phases] of Map.groupBy(kept, ({ phase }) => phase.record.runId)) {
    lines.push(`## ${escapeMarkdown(runId)}`, "");
    for (const one of phases) {
      const { phaseId } = one.phase.record;
      const plan = plans.find(
        ({ kind, runId: of, phases: ids }) => kind === one.kind && of === runId && ids.includes(phaseId),
      );
      lines.push(...phaseLines(one, plan));
    }
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function phaseLines({ kind, phase, reason }: Exported, plan: ExportedPlan | undefined): string[] {
  const { record } = phase;
  const facts = [
    `${kind === "defer" ? "Deferred" : "Archived"}: ${escapeMarkdown(reason)}`,
    `Assessed: ${escapeMarkdown(showVerdict(phase.verdict))}; recorded: ${escapeMarkdown(record.recordedState ?? "nothing")}`,
    ...(record.category === null ? [] : [`Category: ${escapeMarkdown(record.category)}`]),
    ...(record.dependsOn.length === 0 ? [] : [`Depends on: ${record.dependsOn.map(codeSpan).join(", ")}`]),
    plan === undefined
      ? "In no plan: it names no file that a check could look for"
      : `Plan: ${codeSpan(`${plan.id}.yaml`)}`,
  ];
  return [
    `### ${escapeMarkdown(record.phaseId)}${record.name === record.phaseId ? "" : `: ${escapeMarkdown(record.name)}`}`,
    "",
    ...facts.map((fact) => `- ${fact}`),
    ...deliverableLines(phase),
    "",
    ...quoted(record.description),
  ];
}

const quoted = (text: string): string[] =>
  text.trim() === "" ? [] : [...cleanLines(text).map((line) => `> ${escapeMarkdown(line)}`.trimEnd()), ""];

const deliverableLines = ({ evidence }: AssessedPhase): string[] =>
  evidence.deliverables.map(
    ({ entry, now }) =>
      `- [${now.state === "ok" ? "x" : " "}] ${codeSpan(entry)}: ${escapeMarkdown(now.why)}`,
  );
