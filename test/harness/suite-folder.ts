import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * All temporary folders of a run of the suite lie in one, which goes at its end. Not with every test: ext4 without a
 * journal takes ten times as long to make a file for a minute after thousands were deleted.
 */
export default function makeSuiteFolder(): () => void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "autopack-suite-")));
  // Some tests are another user for a while.
  chmodSync(folder, 0o711);
  process.env["TMPDIR"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
