import type { Sandbox, SandboxedProgram } from "./sandbox.ts";

/** What programs print that wanted to reach what their own network does not lead to. */
const noNetwork =
  /ECONNREFUSED|ENETUNREACH|EAI_AGAIN|ENOTFOUND|Network is unreachable|Connection refused|(?:Temporary failure|failure) in name resolution|Could not resolve host|Name or service not known|no such host|dial tcp/i;
const noFork = /cannot fork|can't fork|fork: (?:retry: )?Resource temporarily unavailable|EAGAIN/i;
const noFile = /No such file or directory|ENOENT|Cannot find module|can't open|cannot open|not found/i;

/** What a person may do about a program that failed, where the sandbox seems to be the cause. */
export async function hintFor(
  sandbox: Sandbox,
  program: SandboxedProgram,
  tail: string,
): Promise<string | undefined> {
  if (program.reach.network === "loopback" && noNetwork.test(tail))
    return "It ran without a network but its own loopback. If it needs the host's, say `network: full` in the plan's check, or in the builder.";
  if (program.limits && noFork.test(tail))
    return "It could not start another process or thread: `limits.processes` bounds them.";
  if (!noFile.test(tail)) return undefined;
  const [path] = await sandbox.notShown(program);
  return path === undefined
    ? undefined
    : `The sandbox does not show ${path}. Name it in \`readable\` (or a builder's \`writable\`) if the program needs it.`;
}
