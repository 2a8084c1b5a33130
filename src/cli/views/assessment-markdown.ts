import type { AssessedPhase, Assessment, DeliverableEvidence, MatrixRow } from "../../domain/assessment.ts";
import { countVerdicts, showContradiction, showEffort, showVerdict } from "./assessment.ts";
import { codeCell, codeSpan, escapeMarkdown, markdownTable } from "./markdown.ts";
import { formatCount, plural, shortHash } from "./text.ts";

/** Where files and commits can be looked at; null: nowhere that is known, so links are within the repository. */
export type WebAddress = string | null;

/** A report that one can hand on: everything that was concluded, with links to files and commits. */
export function assessmentMarkdown(assessment: Assessment, web: WebAddress): string {
  const { phases, revision, rootCauses, decisionMatrix, contradictions, unmatchedClaims } = assessment;
  const runs = Map.groupBy(phases, ({ record }) => record.runId);
  const lines = [
    `# Assessment at ${commitLink(revision, web)}`,
    "",
    `${plural(phases.length, "phase")} of ${plural(runs.size, "run")}, judged by what git shows. A claim is compared, and raises nothing.`,
    "",
    "## Verdicts",
    "",
    ...markdownTable(
      ["verdict", "phases"],
      [...countVerdicts(phases)].map(([name, count]) => [name, formatCount(count)]),
    ),
    "",
    "## Runs",
    "",
    ...matrix("run", decisionMatrix.runs),
    ...(rootCauses.length === 0 ? [] : ["", "## Root causes", ""]),
    ...rootCauses.flatMap((cause, index) => [
      `${index + 1}. **${escapeMarkdown(cause.title)}** (${cause.party}): ${plural(cause.phases.length, "phase")}, ${
        cause.tokensSpent === null ? "tokens unknown" : `${formatCount(cause.tokensSpent)} tokens`
      }.`,
      `   Fix: ${escapeMarkdown(cause.fix)}${cause.refusableForFree === null ? "" : ` Could have been refused for free by ${cause.refusableForFree}.`}`,
      ...(cause.unblocks.length === 0 ? [] : [`   Unblocks ${cause.unblocks.map(codeSpan).join(", ")}.`]),
      `   Phases: ${cause.phases.map(codeSpan).join(", ")}.`,
    ]),
    ...[...runs].flatMap(([runId, own]) => ["", ...runSection(runId, own, assessment, web)]),
    ...(contradictions.length === 0 ? [] : ["", "## Contradictions in the record", ""]),
    ...contradictions.map(
      (one) =>
        `- ${one.kind}: ${escapeMarkdown(showContradiction(one))}${one.places.length === 0 ? "" : ` (${one.places.map(codeSpan).join(", ")})`}`,
    ),
    "",
    `${plural(unmatchedClaims, "claim")} named nothing of this record, and ${unmatchedClaims === 1 ? "is" : "are"} attached to nothing.`,
    "",
  ];
  return lines.join("\n");
}

function matrix(subject: string, rows: readonly MatrixRow[]): readonly string[] {
  return markdownTable(
    [subject, "recorded", "verdict", "criticality", "action", "effort", "why"],
    rows.map((row) => [
      codeCell(row.subject),
      escapeMarkdown(row.status),
      escapeMarkdown(row.verdict),
      row.criticality,
      row.action,
      row.effortMinutes === null
        ? "unknown"
        : `${showEffort(row.effortMinutes)} (${escapeMarkdown(row.effortMinutes.basis)})`,
      escapeMarkdown(row.why),
    ]),
  );
}

function runSection(
  runId: string,
  phases: readonly AssessedPhase[],
  { decisionMatrix, revision }: Assessment,
  web: WebAddress,
): string[] {
  const names = new Set(phases.map(({ record }) => `${record.runId}/${record.phaseId}`));
  return [
    `## Phases of ${codeSpan(runId)}`,
    "",
    ...matrix(
      "phase",
      decisionMatrix.phases.filter(({ subject }) => names.has(subject)),
    ),
    ...phases.flatMap((phase) => phaseSection(phase, revision, web)),
  ];
}

function phaseSection(phase: AssessedPhase, revision: string, web: WebAddress): string[] {
  const { record, verdict, cause, evidence, claims } = phase;
  const facts = [
    ...(verdict.confidence === null
      ? []
      : [
          `- Confidence ${verdict.confidence} %, set by ${codeSpan(verdict.setBy ?? "")}; what would change it: ${escapeMarkdown(verdict.wouldChange ?? "")}`,
        ]),
    ...(cause.party === "none"
      ? []
      : [`- Cause: ${cause.party}${cause.text === null ? "" : `: ${escapeMarkdown(cause.text)}`}`]),
    ...evidence.deliverables.map((item) => evidenceLine(item, revision, web)),
    ...claims.map(
      ({ says, by, place, text }) =>
        `- Claim (${by}, ${codeSpan(place)}): ${says === "done" ? "done" : "not done"}: ${escapeMarkdown(text)}`,
    ),
  ];
  if (facts.length === 0) return [];
  return ["", `### ${codeSpan(record.phaseId)}: ${escapeMarkdown(showVerdict(verdict))}`, "", ...facts];
}

function evidenceLine(item: DeliverableEvidence, revision: string, web: WebAddress): string {
  const { now, asRecorded } = item;
  const what =
    item.path === null ? escapeMarkdown(item.entry) : fileLink(item.renamedTo ?? item.path, revision, web);
  const then =
    asRecorded.state === now.state
      ? ""
      : ` (as recorded: ${asRecorded.state}, ${escapeMarkdown(asRecorded.why)})`;
  const by = now.commit === null ? "" : `, ${commitLink(now.commit, web)}`;
  const extra = [
    ...(item.wiredIn === false ? ["nothing but tests refers to it"] : []),
    ...item.standIns.slice(0, 3).map(({ line, text }) => `line ${line}: ${codeSpan(text)}`),
    ...item.notes.map(escapeMarkdown),
  ];
  return `- ${what}: **${now.state}**, ${escapeMarkdown(now.why)}${by}${then}${extra.length === 0 ? "" : `; ${extra.join("; ")}`}`;
}

const encoded = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
const fileLink = (path: string, revision: string, web: WebAddress): string =>
  `[${codeSpan(path)}](${web === null ? "" : `${web}/blob/${revision}/`}${encoded(path)})`;
const commitLink = (commit: string, web: WebAddress): string =>
  web === null ? codeSpan(shortHash(commit)) : `[${codeSpan(shortHash(commit))}](${web}/commit/${commit})`;

/** The address at which a forge shows a repository, from a remote of it; credentials never become a part of it. */
export function webAddressOf(remote: string): WebAddress {
  const [, host, path] =
    /^(?:https?:\/\/|ssh:\/\/|git:\/\/)(?:[^@/]*@)?([\w.-]+)(?::\d+)?\/([\w./~-]+?)(?:\.git)?\/?$/.exec(
      remote,
    ) ??
    /^(?:[\w.-]+@)?([\w.-]+\.[\w.-]+):(?!\/)([\w./~-]+?)(?:\.git)?\/?$/.exec(remote) ??
    [];
  return host === undefined || path === undefined || path.includes("..") ? null : `https://${host}/${path}`;
}
