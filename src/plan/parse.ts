import { createHash } from "node:crypto";
import type { Plan } from "../domain/plan.ts";
import { decodeText, readDocument, type SourceDocument } from "./document.ts";
import { assessShape, salvage } from "./faults.ts";
import { createFinding, type Finding, type Position, sortFindings } from "./findings.ts";
import { type ParsedPhase, parsePhase } from "./parse-phase.ts";
import {
  type PlanDefaults,
  resolveChecks,
  resolvePath,
  resolvePolicy,
  toArgv,
  withoutUndefined,
} from "./resolve.ts";
import { draftFrame, frameFile, idPattern } from "./schema.ts";

export interface ParsedPlan {
  /** The file as findings name it. */
  readonly file: string;
  /** SHA-256 of the file's bytes. */
  readonly sha256: string;
  /** The plan; null when a fault outside single phases refuses it whole. A phase at fault is in it as far as it fits. */
  readonly plan: Plan | null;
  /** As `plan`, but also there when the plan is refused, as far as it fits: for lint only. Null when nothing could be read. */
  readonly draft: Plan | null;
  /** The draft's phases in order, with their places. */
  readonly phases: readonly ParsedPhase[];
  /** What parsing alone found, in order of position. Without an error here `plan` is whole. */
  readonly findings: readonly Finding[];
  readonly source: Pick<SourceDocument, "has" | "at" | "keyAt">;
}

export interface ParseOptions {
  readonly file: string;
  readonly defaults: PlanDefaults;
  /** Default 512 KiB. */
  readonly maxBytes?: number;
}

const maxPlanBytes = 512 * 1024;
const maxPhases = 5000;

/** Reads a plan file (YAML or JSON). Never throws: what is wrong is in `findings`. */
export function parsePlan(bytes: string | Uint8Array, options: ParseOptions): ParsedPlan {
  const { file, maxBytes = maxPlanBytes } = options;
  const data = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  const sha256 = createHash("sha256").update(data).digest("hex");
  const refuse = (
    code: "plan-too-large" | "plan-not-text" | "missing-field",
    message: string,
    at: Position = { line: 1, column: 1 },
  ): ParsedPlan => ({
    ...nothing,
    file,
    sha256,
    findings: [createFinding(code, file, at, message)],
  });

  if (data.byteLength > maxBytes) {
    return refuse("plan-too-large", `The plan has ${data.byteLength} bytes; ${maxBytes} is the most.`);
  }
  const text = decodeText(data);
  if (!text.ok) return refuse("plan-not-text", `The plan ${text.error.what}.`, text.error);
  const source = readDocument(text.value, file);
  if (source.value === undefined) {
    return { ...nothing, file, sha256, source, findings: sortFindings(source.findings) };
  }
  if (source.value === null) return refuse("missing-field", "The plan is empty.");
  return parseValue(source.value, source, sha256, options);
}

const nothing = {
  plan: null,
  draft: null,
  phases: [],
  source: readDocument("", ""),
} as const;

function parseValue(
  value: unknown,
  source: SourceDocument,
  sha256: string,
  { file, defaults }: ParseOptions,
): ParsedPlan {
  const findings = [...source.findings];
  for (const fault of assessShape(frameFile, value)) {
    const at = fault.atKey ? source.keyAt(fault.path) : source.at(fault.path);
    findings.push(createFinding(fault.code, file, at, fault.message));
  }
  const frame = salvage(draftFrame, value) ?? {};

  const phases: ParsedPhase[] = [];
  const stages = rawTiers(value);
  const count = stages.reduce((sum, tier) => sum + tier.phases.length, 0);
  if (count > maxPhases) {
    const message = `The plan has ${count} phases; ${maxPhases} is the most.`;
    findings.push(createFinding("plan-too-large", file, source.keyAt(["tiers"]), message));
    return { ...nothing, file, sha256, source, findings: sortFindings(findings) };
  }
  const tiers = stages.map((tier, index) => {
    const specs = tier.phases.flatMap((raw, position) => {
      const path = ["tiers", index, "phases", position] as const;
      const parsed = parsePhase(raw, { path, tier: index, frame, defaults, source, file });
      findings.push(...parsed.findings);
      if (parsed.phase === null) return [];
      phases.push(parsed.phase);
      return [parsed.phase.spec];
    });
    return { id: tier.id, name: tier.name, phases: specs };
  });
  const checks = frame.checks === undefined ? defaults.checks : resolveChecks(frame.checks);
  const draft: Plan = {
    version: 1,
    id: frame.run?.id ?? "",
    goal: frame.run?.goal ?? "",
    purpose: frame.run?.purpose ?? "work",
    base: frame.run?.base ?? "HEAD",
    budget: withoutUndefined(frame.run?.budget ?? {}),
    setup: frame.setup?.map(toArgv) ?? defaults.setup,
    carry: frame.carry?.map(resolvePath) ?? defaults.carry,
    checks,
    policy: resolvePolicy(frame.policy),
    tiers,
  };
  const refused = findings.some((finding) => finding.severity === "error" && finding.phaseId === undefined);
  return {
    file,
    sha256,
    plan: refused ? null : draft,
    draft,
    phases,
    findings: sortFindings(findings),
    source,
  };
}

interface RawTier {
  readonly id: string;
  readonly name: string;
  readonly phases: readonly unknown[];
}

/** Tiers and phases as they stand, whatever else is wrong around them. */
function rawTiers(value: unknown): RawTier[] {
  const tiers = (value as { tiers?: unknown }).tiers;
  if (!Array.isArray(tiers)) return [];
  return tiers.map((tier: unknown, index) => {
    const { id, name, phases } = (tier ?? {}) as Record<string, unknown>;
    const tierId = typeof id === "string" && idPattern.test(id) ? id : `tier-${index + 1}`;
    return {
      id: tierId,
      name: typeof name === "string" ? name : tierId,
      phases: Array.isArray(phases) ? phases : [],
    };
  });
}
