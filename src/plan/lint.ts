import type { Plan } from "../domain/plan.ts";
import type { BuilderFacts } from "./commands.ts";
import type { SourcePath } from "./document.ts";
import type { PlanFacts } from "./facts.ts";
import { createFinding, type Finding, type FindingCode, sortFindings } from "./findings.ts";
import { lintBudgets } from "./lint-budgets.ts";
import { lintCommands } from "./lint-commands.ts";
import { lintDeliverables } from "./lint-deliverables.ts";
import { lintIds } from "./lint-ids.ts";
import { lintReports } from "./lint-reports.ts";
import { lintRepository } from "./lint-repository.ts";
import { orderPhases, type PhaseOrder } from "./order.ts";
import type { ParsedPlan } from "./parse.ts";

/** What other capabilities know, as functions: lint imports none of them. */
export interface LintRules {
  /** Whether a phase may write a path: governance's own judgement. The message is one sentence. */
  readonly assessPath: (
    path: string,
    phase: { readonly phaseId: string; readonly write: readonly string[] },
  ) =>
    | { readonly verdict: "allowed" }
    | {
        readonly verdict: "refused";
        readonly kind: "protected-path" | "out-of-scope";
        readonly message: string;
      };
  readonly findBuilder: (name: string) => BuilderFacts | undefined;
  /** For suggestions. */
  readonly builderNames: readonly string[];
  /** Whether a builder that may change `path` could change what is the user's or ours. */
  readonly opensOwn: (path: string) => boolean;
}

export interface LintContext {
  readonly parsed: ParsedPlan;
  readonly plan: Plan;
  readonly facts: PlanFacts;
  readonly rules: LintRules;
  readonly order: PhaseOrder;
  /** A finding at the value that `path` leads to. */
  find(code: FindingCode, path: SourcePath, message: string, phaseId?: string): Finding;
}

/**
 * Everything that can be known to be wrong before a token is spent: what parsing found, and what the plan says
 * against the repository, the configuration and itself. All at once, in order of position.
 */
export function lintPlan(parsed: ParsedPlan, facts: PlanFacts, rules: LintRules): Finding[] {
  if (parsed.draft === null) return [...parsed.findings];
  const context: LintContext = {
    parsed,
    plan: parsed.draft,
    facts,
    rules,
    order: orderPhases(parsed.phases),
    find: (code, path, message, phaseId) =>
      createFinding(code, parsed.file, parsed.source.at(path), message, phaseId),
  };
  return sortFindings([
    ...parsed.findings,
    ...lintIds(context),
    ...lintDeliverables(context),
    ...lintCommands(context),
    ...lintReports(context),
    ...lintBudgets(context),
    ...lintRepository(context),
  ]);
}
