import { builderOf } from "./commands.ts";
import type { SourcePath } from "./document.ts";
import type { Finding } from "./findings.ts";
import type { LintContext } from "./lint.ts";
import { listSome, quote } from "./wording.ts";

/** Budgets that cannot be met, and budgets that nobody could hold. */
export function* lintBudgets(context: LintContext): Iterable<Finding> {
  yield* lintRunBudget(context);
  yield* lintDefaultBudget(context);
  yield* lintPhaseBudgets(context);
  yield* lintUnreported(context);
}

const least = { tokens: 1, attempts: 1, minutes: Number.MIN_VALUE, usd: Number.MIN_VALUE } as const;
type Unit = keyof typeof least;

function* lintAmount(
  { find }: LintContext,
  path: SourcePath,
  unit: Unit,
  amount: number | undefined,
  phaseId?: string,
): Iterable<Finding> {
  if (amount === undefined || amount >= least[unit]) return;
  const message = `A budget of ${amount} ${unit} lets nothing start.`;
  yield find("budget-impossible", [...path, unit], message, phaseId);
}

function* lintRunBudget(context: LintContext): Iterable<Finding> {
  for (const unit of ["tokens", "usd", "minutes"] as const) {
    yield* lintAmount(context, ["run", "budget"], unit, context.plan.budget[unit]);
  }
}

/** The plan's own defaults are judged once, not at every phase that inherits them. */
function* lintDefaultBudget(context: LintContext): Iterable<Finding> {
  const path = ["defaults", "budget"];
  for (const unit of ["tokens", "attempts", "minutes"] as const) {
    if (!context.parsed.source.has([...path, unit])) continue;
    const heir = context.parsed.phases.find(
      ({ path: own }) => !context.parsed.source.has([...own, "budget", unit]),
    );
    yield* lintAmount(context, path, unit, heir?.spec.budget[unit]);
  }
}

function* lintPhaseBudgets(context: LintContext): Iterable<Finding> {
  const { plan, parsed, find } = context;
  for (const { spec, path } of parsed.phases) {
    const own = [...path, "budget"];
    for (const unit of ["tokens", "attempts", "minutes"] as const) {
      const amount = spec.budget[unit];
      if (amount === undefined || !parsed.source.has([...own, unit])) continue;
      yield* lintAmount(context, own, unit, amount, spec.id);
      const whole = unit === "attempts" ? undefined : plan.budget[unit];
      if (whole === undefined || amount <= whole) continue;
      const message = `The phase ${quote(spec.id)} may use ${amount} ${unit}, more than the ${whole} of the whole run.`;
      yield find("budget-impossible", [...own, unit], message, spec.id);
    }
  }
}

function* lintUnreported({ plan, parsed, rules, find }: LintContext): Iterable<Finding> {
  const builders = parsed.phases.flatMap(({ spec, path }) => {
    const builder = builderOf(spec.builder, rules.findBuilder);
    return builder === undefined ? [] : [{ spec, path, builder }];
  });
  const silent = builders.filter(({ builder }) => !builder.reportsUsage);
  for (const { spec, path } of silent) {
    const place = [...path, "budget", "tokens"];
    if (!parsed.source.has(place)) continue;
    const message = `The builder of ${quote(spec.id)} reports no usage: its token budget holds by assumption only.`;
    yield find("tokens-unreported", place, message, spec.id);
  }
  if (plan.budget.tokens !== undefined && silent.length > 0) {
    const names = listSome(silent.map(({ spec }) => spec.id));
    const message = `The run's token budget holds by assumption only: the builders of ${names} report no usage.`;
    yield find("tokens-unreported", ["run", "budget", "tokens"], message);
  }
  if (plan.budget.usd !== undefined && !builders.some(({ builder }) => builder.reportsCost)) {
    const message = "The budget in dollars cannot be held: no builder of this plan reports its cost.";
    yield find("usd-unreported", ["run", "budget", "usd"], message);
  }
}
