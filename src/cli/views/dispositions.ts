import { type Disposition, dispositionMeanings, subjectOf } from "../../domain/dispositions.ts";
import { layTable } from "./terminal.ts";
import { dateTime, stripControl } from "./text.ts";

/** `credit, unverified`: what kind of decision it is, and whether a credit was proven when it was made. */
export const showKind = ({ kind, proof }: Disposition): string =>
  kind === "credit" ? `credit, ${proof ? "verified" : "unverified"}` : kind;

export function renderDispositions(
  dispositions: readonly Disposition[],
  { columns }: { readonly columns: number },
): string {
  if (dispositions.length === 0) return "There are no dispositions.";
  const rows = dispositions.map((one) =>
    [
      one.id,
      showKind(one),
      subjectOf(one),
      one.by,
      dateTime(one.at),
      one.supersededBy === null ? one.reason : `superseded by ${one.supersededBy}: ${one.reason}`,
    ].map(stripControl),
  );
  const header = ["ID", "KIND", "SUBJECT", "BY", "AT", "REASON"];
  return layTable([header, ...rows], { columns, flexible: 5 }).join("\n");
}

export function renderDisposition(
  one: Disposition,
  runs: readonly { readonly runId: string; readonly state: string }[],
): string {
  const { id, kind, by, at, reason, evidence, proof, planId, supersedes, supersededBy } = one;
  const lines = [
    `${id}  ${showKind(one)}: ${dispositionMeanings[kind]}`,
    `  About:    ${subjectOf(one)}`,
    `  By:       ${by}, ${dateTime(at)}`,
    `  Reason:   ${reason}`,
    ...(supersedes === undefined ? [] : [`  In place of ${supersedes}`]),
    ...(supersededBy === null ? [] : [`  Superseded by ${supersededBy}`]),
    ...(planId === undefined ? [] : [`  Plan:     ${planId}`]),
    ...runs.map(({ runId, state }) => `  Run of it: ${runId}, ${state}`),
    ...(evidence === null ? ["  Evidence: none but this person's word"] : []),
    ...(evidence === null
      ? []
      : [
          `  Assessed: ${evidence.verdict ?? "not as a phase"}, confidence ${evidence.confidence ?? "unknown"}, at ${evidence.revision}`,
          ...evidence.deliverables.map((line) => `    ${line}`),
        ]),
    ...(proof
      ? [
          `  Proof:    ${proof.checks.map(({ name, outcome }) => `${name} ${outcome}`).join(", ")} on tree ${proof.tree}`,
        ]
      : []),
  ];
  return lines.map((line) => `${/^ */.exec(line)?.[0]}${stripControl(line)}`).join("\n");
}
