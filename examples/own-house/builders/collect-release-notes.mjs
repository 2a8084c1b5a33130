// Collects release notes from tags. A workspace holds none, so this program fails, as real ones do.
import { execFileSync } from "node:child_process";

const tags = execFileSync("git", ["tag", "--list", "v*"], { encoding: "utf8" }).split("\n").filter(Boolean);
if (tags.length === 0) {
  console.error("release-notes: there is no tag v*: nothing to collect notes from");
  process.exit(3);
}
