import { join } from "node:path";
import { normalisePath } from "../../domain/paths.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { findDetour } from "../../platform/detour.ts";
import type { StepValue } from "./script-schema.ts";
import { endAfter, type Stage, type StepEnd, scriptAtFault } from "./stage.ts";

type Played = Promise<StepEnd | undefined>;

export async function write(step: StepValue<"write">, stage: Stage): Played {
  return change(stage, step.path, () => ok(Buffer.from(step.content)));
}

export async function append(step: StepValue<"append">, stage: Stage): Played {
  return change(stage, step.path, (old) =>
    ok(Buffer.concat([old ?? Buffer.alloc(0), Buffer.from(step.content)])),
  );
}

export async function replace(step: StepValue<"replace">, stage: Stage): Played {
  return change(stage, step.path, (old) => {
    const text = old?.toString("utf8");
    if (!text?.includes(step.from)) return err(`${step.path} does not hold ${JSON.stringify(step.from)}`);
    return ok(Buffer.from(text.replace(step.from, () => step.to)));
  });
}

export async function truncate(step: StepValue<"truncate">, stage: Stage): Played {
  return change(stage, step.path, (old) =>
    old ? ok(old.subarray(0, step.bytes)) : err(`there is no file ${step.path}`),
  );
}

export async function poison(step: StepValue<"poison">, stage: Stage): Played {
  for (const path of step.paths) {
    const end = await write({ path, content: step.content }, stage);
    if (end) return end;
  }
  return undefined;
}

export async function remove(path: StepValue<"delete">, stage: Stage): Played {
  const target = await locate(stage, path);
  if (!target.ok) return scriptAtFault(target.error);
  if ((await stage.deps.files.stat(target.value)) === null) return scriptAtFault(`there is no file ${path}`);
  await stage.deps.files.remove(target.value);
  return undefined;
}

export async function chmod(step: StepValue<"chmod">, stage: Stage): Played {
  const target = await locate(stage, step.path);
  if (!target.ok) return scriptAtFault(target.error);
  const kind = (await stage.deps.files.stat(target.value))?.kind;
  if (kind !== "file" && kind !== "directory") return scriptAtFault(`there is no file ${step.path}`);
  return endAfter(stage, await stage.runProgram(["chmod", step.mode, target.value]));
}

export async function symlink(step: StepValue<"symlink">, stage: Stage): Played {
  const target = await locate(stage, step.path);
  if (!target.ok) return scriptAtFault(target.error);
  const script = 'mkdir -p -- "$(dirname -- "$2")" && rm -rf -- "$2" && ln -s -- "$1" "$2"';
  return endAfter(stage, await stage.runProgram(["sh", "-c", script, "symlink", step.target, target.value]));
}

/** Rewrites one file; it keeps its executable bit, which writing through a rename would lose. */
async function change(
  stage: Stage,
  path: string,
  rewrite: (old: Buffer | null) => Result<Buffer, string>,
): Played {
  const { files } = stage.deps;
  const target = await locate(stage, path);
  if (!target.ok) return scriptAtFault(target.error);
  const stat = await files.stat(target.value);
  if (stat?.kind === "directory") return scriptAtFault(`${path} is a folder`);
  const content = rewrite(stat?.kind === "file" ? await files.read(target.value) : null);
  if (!content.ok) return scriptAtFault(content.error);
  await files.write(target.value, content.value);
  if (!stat?.executable || stat.kind !== "file") return undefined;
  return endAfter(stage, await stage.runProgram(["chmod", "755", target.value]));
}

/** The absolute path in the workspace; refused when that is gone, or it leads out or through a symbolic link. */
async function locate(stage: Stage, path: string): Promise<Result<string, string>> {
  const normal = normalisePath(path);
  if (!normal.ok) return err(`${path}: ${normal.error}`);
  const { workspace } = stage.task;
  if ((await stage.deps.files.stat(workspace)) === null) return err(`there is no folder ${workspace}`);
  const detour = await findDetour(stage.deps.files, workspace, normal.value);
  if (detour?.kind === "symlink") return err(`${path} leads through the symbolic link ${detour.folder}`);
  if (detour) return err(`${path}: ${detour.folder} is not a folder`);
  return ok(join(workspace, normal.value));
}
