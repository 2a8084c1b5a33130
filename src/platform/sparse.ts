import { join } from "node:path";
import type { Platform } from "./ports.ts";
import type { Repository } from "./repository.ts";

/** Makes a fresh git folder as sparse as the user's checkout is; nothing is written where that one is whole. */
export async function carrySparsePatterns(
  { git, files }: Pick<Platform, "git" | "files">,
  user: Repository,
  gitDir: string,
): Promise<void> {
  const patterns = await files.read(join(user.gitDir, "info", "sparse-checkout"));
  if (!patterns) return;
  const isOn = async (key: string, otherwise: string) => {
    const args = ["config", "--type=bool", "--default", otherwise, "--get", key];
    return (await git.run({ gitDir: user.gitDir, args })).stdout.trim() === "true";
  };
  if (!(await isOn("core.sparseCheckout", "false"))) return;
  const config = join(gitDir, "config");
  const cone = await isOn("core.sparseCheckoutCone", "true");
  const settings = `[core]\n\tsparseCheckout = true\n\tsparseCheckoutCone = ${cone}\n`;
  await files.write(config, `${(await files.read(config))?.toString("utf8") ?? ""}${settings}`);
  await files.write(join(gitDir, "info", "sparse-checkout"), patterns);
}
