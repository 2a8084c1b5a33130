import { z } from "zod";
import { parseJson } from "../domain/json.ts";
import type { KeptSetup } from "../plan/setup-command.ts";
import type { Workspace } from "../platform/workspace.ts";
import { type AttemptContext, logOf, markerOf } from "./step.ts";

/** The programs that a setup runs with, as a child in the workspace finds them. */
export interface SetupTools {
  /** The package manager's own version. */
  readonly manager: string;
  readonly node: string;
  /** The version of the interface for native modules. */
  readonly abi: string;
  readonly platform: string;
  readonly arch: string;
  /** The version of glibc; null for another C library. */
  readonly libc: string | null;
  /** SHA-256 of the variables that change what a package manager or an install script does. */
  readonly variables: string;
  /** Where node is. */
  readonly program: string;
}

/** Printed by the node that setup would use. */
const question = `
const { report, versions, version, platform, arch, execPath, env } = process;
if (report) report.excludeNetwork = true;
const names = Object.keys(env).filter((name) => /^(node_|npm_|yarn_|pnpm_|ci$|husky)/i.test(name)).sort();
const variables = require("crypto").createHash("sha256")
  .update(JSON.stringify(names.map((name) => [name, env[name]]))).digest("hex");
const libc = (report && report.getReport().header.glibcVersionRuntime) || null;
console.log(JSON.stringify({ node: version, abi: versions.modules, platform, arch, libc, variables, program: execPath }));
`;

const answer = z.object({
  node: z.string(),
  abi: z.string(),
  platform: z.string(),
  arch: z.string(),
  libc: z.string().nullable(),
  variables: z.string(),
  program: z.string(),
});

/** Longest time that two programs may take to say their versions. */
const askMs = 30_000;

/**
 * Asks the tools themselves, from the workspace and in a setup's own environment: what the PATH finds may be a
 * switch between versions that looks at the folder. null where they do not answer.
 */
export async function askSetupTools(
  context: AttemptContext,
  workspace: Workspace,
  what: string,
  { tool }: KeptSetup,
  env: Readonly<Record<string, string>>,
): Promise<SetupTools | null> {
  const { deps, journal } = context;
  const { limits, readable } = journal.state.created;
  const run = await deps.platform.processes.run({
    argv: ["sh", "-c", `node -e "$1" && ${tool} --version`, "sh", question],
    cwd: workspace.tree,
    env,
    reach: { network: "loopback", readable, writable: [] },
    scratch: workspace.dir,
    limits,
    timeoutMs: askMs,
    graceMs: limits.stopGraceMs,
    marker: markerOf(context, what),
    log: logOf(context, `${what}.tools`),
    signal: context.stop,
  });
  const [first = "", manager] = run.tail.trim().split("\n").slice(-2);
  if (run.exitCode !== 0 || manager === undefined) return null;
  const said = answer.safeParse(parseJson(first));
  // Yarn 2 and later have stores of their own.
  if (!said.success || (tool === "yarn" && !manager.startsWith("1."))) return null;
  return { ...said.data, manager };
}
