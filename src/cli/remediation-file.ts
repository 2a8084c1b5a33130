import { Document } from "yaml";
import { z } from "zod";
import type { Proposal } from "../assessment/remediation/propose.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import { dispositionKinds, dispositionMeanings, subjectOf } from "../domain/dispositions.ts";
import { decodeText, readDocument } from "../plan/document.ts";
import { assessShape } from "../plan/faults.ts";
import { listSome, printable, quote } from "../plan/wording.ts";

const shortText = z.string().min(1).max(300);
const entrySchema = z.strictObject({
  run: shortText.describe("The run's id, whole."),
  phase: shortText.optional().describe("The phase's id; left out: the whole run."),
  action: z.enum(dispositionKinds),
  reason: z.string().trim().min(1).max(5000).describe("Recorded with the disposition."),
  verdict: z
    .string()
    .max(1000)
    .optional()
    .describe("As assessed: where it has changed, nothing is recorded. Left out: not compared."),
});
const fileSchema = z.strictObject({
  version: z.literal(1),
  revision: z
    .string()
    .regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/)
    .describe("The commit that was assessed."),
  dispositions: z.array(entrySchema).max(100_000),
});

/** A file of proposed dispositions, for a person to review. */
export interface RemediationFile {
  readonly revision: string;
  readonly proposals: readonly Proposal[];
}

const mostNamed = 20;

/** The file as YAML. `toInvestigate` are the subjects that a person has to look at first. */
export function renderRemediation(
  { revision, proposals }: RemediationFile,
  toInvestigate: readonly { readonly subject: string; readonly reason: string }[],
): string {
  const yaml = new Document(
    {
      version: 1,
      revision,
      dispositions: proposals.map(({ runId, phaseId, kind, reason, verdict }) => ({
        run: runId,
        ...(phaseId === null ? {} : { phase: phaseId }),
        action: kind,
        reason,
        ...(verdict === null ? {} : { verdict }),
      })),
    },
    { aliasDuplicateObjects: false },
  );
  const head = [
    "Proposed dispositions. Change an action or a reason, take entries out, add others; then show what they do, and record",
    "them, with `autopack remediate apply`. None changes an outcome.",
    ...dispositionKinds.map((kind) => `  ${kind}: ${dispositionMeanings[kind]}`),
    ...(toInvestigate.length === 0 ? [] : ["Left for you to look into:"]),
    ...toInvestigate.slice(0, mostNamed).map(({ subject, reason }) => `  ${subject}: ${reason}`),
    ...(toInvestigate.length > mostNamed
      ? [`  and ${toInvestigate.length - mostNamed} more: \`autopack assess\` has them all`]
      : []),
  ];
  yaml.commentBefore = head.map((line) => ` ${printable(line)}`).join("\n");
  return yaml.toString({ lineWidth: 0 });
}

/** @throws AppError `remediation-invalid` with the places that are wrong. */
export function parseRemediation(data: Uint8Array, file: string): RemediationFile {
  const text = decodeText(data);
  if (!text.ok) throw invalid(file, [`${text.error.line}:${text.error.column}: it ${text.error.what}`]);
  const document = readDocument(text.value, file);
  const syntax = document.findings.map(({ line, column, message }) => `${line}:${column}: ${message}`);
  if (syntax.length > 0) throw invalid(file, syntax);
  const faults = assessShape(fileSchema, document.value).map((fault) => {
    const { line, column } = fault.atKey ? document.keyAt(fault.path) : document.at(fault.path);
    return `${line}:${column}: ${fault.message}`;
  });
  if (faults.length > 0) throw invalid(file, faults);
  const { revision, dispositions } = fileSchema.parse(document.value);
  const proposals = dispositions.map(
    ({ run, phase, action, reason, verdict }): Proposal => ({
      kind: action,
      runId: run,
      phaseId: phase ?? null,
      reason,
      verdict: verdict ?? null,
    }),
  );
  const names = Map.groupBy(proposals, nameOf);
  const twice = [...names].filter(([, same]) => same.length > 1).map(([name]) => name);
  if (twice.length > 0) throw invalid(file, [`it says twice: ${listSome(twice)}`]);
  return { revision, proposals };
}

const nameOf = (proposal: Proposal): string => `${proposal.kind} ${subjectOf(proposal)}`;

const invalid = (file: string, faults: readonly string[]): AppError =>
  new AppError({
    code: "remediation-invalid",
    message: `${quote(file)} is no file of dispositions: ${faults.slice(0, 5).join("; ")}${faults.length > 5 ? ` and ${faults.length - 5} more` : ""}`,
    action: "Mend it there, or make a new one with `autopack remediate plan`.",
    exitCode: exitCodes.plan,
  });
