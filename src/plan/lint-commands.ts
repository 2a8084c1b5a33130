import { type Argv, showArgv } from "../domain/plan.ts";
import { builderOf, firstProgram, isInstalled } from "./commands.ts";
import type { SourcePath } from "./document.ts";
import type { Finding } from "./findings.ts";
import type { LintContext } from "./lint.ts";
import { quote, suggest } from "./wording.ts";

/** What the plan starts: setup, checks, acceptance, builders. */
export function* lintCommands(context: LintContext): Iterable<Finding> {
  const { plan, parsed, find } = context;
  for (const [index, argv] of plan.setup.entries()) {
    yield* lintProgram(context, argv, ["setup", index], "The setup command");
  }
  for (const { name, argv } of plan.checks) {
    yield* lintProgram(context, argv, ["checks", name], `The check ${quote(name)}`);
  }
  for (const { spec, path } of parsed.phases) {
    if (plan.checks.length === 0 && spec.acceptance.length === 0) {
      const message = `Nothing would verify the phase ${quote(spec.id)}: there is no check and no acceptance.`;
      yield find("nothing-verifies", [...path, "id"], message, spec.id);
    }
    const taken = new Set(plan.checks.map((check) => check.name));
    for (const [index, { name, argv }] of spec.acceptance.entries()) {
      const place = [...path, "acceptance", index];
      if (taken.has(name)) {
        const message = `The name ${quote(name)} is already that of another check of this phase.`;
        yield find("duplicate-id", place, message, spec.id);
      }
      taken.add(name);
      yield* lintProgram(context, argv, place, `The acceptance command ${quote(name)}`, spec.id);
    }
  }
  yield* lintBuilders(context);
}

function* lintBuilders(context: LintContext): Iterable<Finding> {
  const { parsed, rules, facts, find } = context;
  for (const { spec, path } of parsed.phases) {
    const own = [...path, "builder"];
    const place = parsed.source.has(own) ? own : ["defaults", "builder"];
    const at = parsed.source.has(place) ? place : [...path, "id"];
    if (spec.builder.kind === "named" && spec.builder.name === "") {
      yield find("no-builder", at, `The phase ${quote(spec.id)} has no builder.`, spec.id);
      continue;
    }
    const builder = builderOf(spec.builder, rules.findBuilder);
    if (builder === undefined) {
      const name = spec.builder.kind === "named" ? spec.builder.name : "";
      const message = `The phase ${quote(spec.id)} wants the builder ${quote(name)}, which is not configured.`;
      yield find("unknown-builder", at, message + suggest(name, rules.builderNames), spec.id);
      continue;
    }
    const subject = `The builder of ${quote(spec.id)}`;
    if (builder.argv !== undefined) yield* lintProgram(context, builder.argv, at, subject, spec.id);
    for (const path of builder.writable ?? []) {
      if (!rules.opensOwn(path)) continue;
      const message = `${subject} may change ${quote(path)}, which holds the checkout, its git folder or our own state, or lies in one of them.`;
      yield find("writable-refused", at, message, spec.id);
    }
    for (const name of builder.unhidden ?? []) {
      const message = `${subject} sees ${quote(name)}, whose value is too short to be hidden in its output.`;
      yield find("secret-too-short", at, message, spec.id);
    }
    if (builder.script !== undefined && facts.missingScripts.has(builder.script)) {
      const message = `${subject} has the script ${quote(builder.script)}, which does not exist.`;
      yield find("builder-script-missing", at, message, spec.id);
    }
  }
}

function* lintProgram(
  { facts, parsed, find }: LintContext,
  argv: Argv,
  path: SourcePath,
  subject: string,
  phaseId?: string,
): Iterable<Finding> {
  const program = firstProgram(argv);
  if (program === null) return;
  const command = quote(showArgv(argv));
  if (isInstalled(program.name)) {
    if (!facts.missingPrograms.has(program.name)) return;
    const message = `${subject}, ${command}, starts ${quote(program.name)}, which cannot be found.`;
    yield find(program.required ? "program-missing" : "program-doubtful", path, message, phaseId);
    return;
  }
  const file = program.name.replace(/^(?:\.\/+)+/, "");
  const delivered = parsed.phases.some(({ spec }) => spec.deliverables.some((one) => one.path === file));
  if (facts.repository.base === null || facts.repository.paths.has(file) || delivered) return;
  const message = `${subject}, ${command}, starts ${quote(program.name)}, which does not exist at base.`;
  yield find("program-doubtful", path, message, phaseId);
}
