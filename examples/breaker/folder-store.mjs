import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Events as numbered files of a folder. Of two processes that want the same number, one is refused by the file system:
 * that is all the breaker needs to be shared.
 */
export function createFolderStore(folder, now = () => new Date()) {
  const fileOf = (seq) => join(folder, `${String(seq).padStart(8, "0")}.json`);
  return {
    async read(afterSeq) {
      await mkdir(folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => /^\d{8}\.json$/.test(name)).sort();
      return Promise.all(
        names.slice(afterSeq).map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8"))),
      );
    },
    async append(expectedSeq, event) {
      const seq = expectedSeq + 1;
      const text = JSON.stringify({ ...event, seq, at: now().toISOString() });
      try {
        await writeFile(fileOf(seq), text, { flag: "wx" });
        return true;
      } catch (error) {
        if (error.code === "EEXIST") return false;
        throw error;
      }
    },
  };
}
