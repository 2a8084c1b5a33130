import type { WrittenCommit } from "./fast-import.ts";

/** Noon of a day of January 2026. */
export const day = (of: number): string => `2026-01-${String(of).padStart(2, "0")}T12:00:00.000Z`;
const tests = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, at) => `def test_${at + from}():\n    assert f(${at}) == ${at}\n`).join(
    "\n",
  );
const work = (name: string): string =>
  `def ${name}(x):\n    return x * 2\n\n\ndef ${name}_twice(x):\n    return ${name}(${name}(x))\n`;
const submodule = "5".repeat(40);

/** A history with every state of a deliverable and every trap, each in a file of its own. */
export const assessedHistory: readonly WrittenCommit[] = [
  {
    name: "start",
    at: day(1),
    files: {
      ".gitignore": "build/\n",
      "README.md": "# Search\n\nFinds things.\n",
      "src/old.py": work("old"),
      "src/edited.py": work("edited"),
      "src/settings.py": work("settings"),
      "src/touched.py": work("touched"),
      "src/reverted.py": work("reverted"),
      "src/legacy.py": work("legacy"),
      "src/doomed.py": work("doomed"),
      "src/mode.py": work("mode"),
      "src/hinted.py": work("hinted"),
      "src/unhinted.py": work("unhinted"),
      "src/only.py": work("only"),
      "src/mode-first.py": work("mode_first"),
      "vendor/old": { commit: submodule },
      "src/wandered.py": work("wandered"),
      "src/here-again.py": work("here_again"),
      "docs/Guide.md": "# Guide\n\nHow to search.\n",
      "requirements.txt": "httpx\n",
    },
  },
  { name: "earlier", at: day(4), files: { "src/prior.py": work("prior") } },
  {
    name: "earlier-others",
    at: day(4),
    files: { "src/unattempted.py": work("unattempted"), "src/small.py": work("small") },
  },
  {
    name: "moved-before",
    at: day(6),
    files: {
      "src/core/wandered.py": { from: "src/wandered.py" },
      "src/core/here-again.py": { from: "src/here-again.py" },
    },
  },
  {
    name: "work",
    at: day(11),
    files: {
      "src/search.py": `class SearchIndex:\n    def find(self, word):\n        # TODO: rank\n        return None\n\n\n${work("search")}`,
      "src/unused.py": `class UnusedIndex:\n    def find(self, word):\n        return [word]\n`,
    },
  },
  {
    name: "hollow",
    at: day(11),
    files: {
      "src/hollow.py": "",
      "src/comments.py": "# to come\n# soon\n",
      "src/stub.py": "def stub(x):\n    raise NotImplementedError\n",
      "src/filled.py": "pass\n",
    },
  },
  {
    name: "edit",
    at: day(11),
    files: {
      "src/edited.py": `${work("edited")}\n\ndef refine_scope(x):\n    return [x]\n`,
      "src/settings.py": `${work("settings")}\nlimit = 3\n`,
      "src/touched.py": `${work("touched")}\nlimit = 3\n`,
      "src/mode.py": { executable: work("mode") },
      "src/reverted.py": `${work("reverted")}\nlimit = 3\n`,
      "requirements.txt": "httpx\npytest-json-report\n",
    },
  },
  {
    name: "moved",
    at: day(11),
    files: {
      "src/renamed.py": work("renamed"),
      "src/inexact.py": work("inexact"),
      "src/shelved.py": work("shelved"),
      "src/removed.py": work("removed"),
      "src/here-again.py": work("once_more"),
      "src/core/wandered.py": `${work("wandered")}limit = 3\n`,
    },
  },
  {
    name: "odd",
    at: day(11),
    files: {
      "src/copied.py.bak": work("copied"),
      "src/link.py": { link: "old.py" },
      linked: { link: "src" },
      "vendor/lib": { commit: submodule },
    },
  },
  {
    name: "hint",
    at: day(11),
    files: {
      "src/hinted.py": `${work("hinted")}\ndef rank_results(x):\n    return x\n`,
      "src/unhinted.py": `${work("unhinted")}limit = 3\n`,
      "src/only.py": `${work("only")}limit = 3\n`,
      "src/mode-first.py": { executable: work("mode_first") },
      "src/brief.py": work("brief"),
      "tests/gone/test_a.py": tests(3),
    },
  },
  { name: "withdraw", at: day(11), files: { "src/brief.py": null } },
  {
    name: "deletion",
    at: day(11),
    files: {
      "src/doomed.py": null,
    },
  },
  {
    name: "more-work",
    at: day(11),
    files: {
      "docs/report.md": "# Report\n\nAll of it is done.\n",
      "tests/test_search.py": `from src.search import SearchIndex\n\n\n${tests(3)}`,
      "tests/test_silent.py": "def test_nothing():\n    print('x')\n",
    },
  },
  {
    name: "many",
    at: day(11),
    files: {
      "tests/many/test_a.py": tests(8),
      "tests/many/test_b.py": tests(4),
      "tests/few/test_a.py": tests(3),
      "src/plugins/one.plugin.py": work("one_plugin"),
      "src/plugins/two.plugin.py": work("two_plugin"),
    },
  },
  { name: "side", at: day(11), parents: ["moved-before"], files: { "src/side.py": work("side") } },
  {
    name: "thrown-away",
    at: day(11),
    parents: ["moved-before"],
    files: { "src/discarded.py": work("discarded") },
  },
  {
    name: "merge",
    at: day(12),
    parents: ["many", "side"],
    files: { "src/side.py": work("side"), "src/evil.py": work("evil") },
  },
  // As `git merge -s ours` does: what came of the other side is not taken.
  { name: "ours", at: day(13), parents: ["merge", "thrown-away"], files: {} },
  {
    name: "move",
    at: day(15),
    files: {
      "src/core/renamed.py": { from: "src/renamed.py" },
      "src/inexact.py": null,
      "src/core/inexact.py": `${work("inexact")}limit = 3\n`,
      "src/shelved.py.bak": { from: "src/shelved.py" },
    },
  },
  { name: "edit-moved", at: day(15), files: { "src/core/renamed.py": `${work("renamed")}\nlimit = 3\n` } },
  {
    name: "remove",
    at: day(16),
    files: {
      "src/removed.py": null,
      "src/reverted.py": work("reverted"),
      "tests/gone/test_a.py": null,
      "src/lib/renamed.py": { from: "src/core/renamed.py" },
    },
  },
  {
    name: "use",
    at: day(17),
    files: { "src/app.py": "from src.search import SearchIndex\n\nindex = SearchIndex()\n" },
  },
  { name: "later", at: day(20), files: { "src/later.py": work("later") } },
  { name: "fill", at: day(20), files: { "src/filled.py": work("filled") } },
  {
    name: "after-mode",
    at: day(20),
    files: { "src/mode-first.py": `${work("mode_first")}limit = 3\n` },
  },
  { name: "shared", at: day(21), files: { "src/first.py": work("first"), "src/second.py": work("second") } },
  {
    name: "delivered",
    at: day(25),
    message: "Deliver\n\nAutopack-Run: native\nAutopack-Phase: trailer\nAutopack-Attempt: 1\n",
    files: { "src/native.py": work("native") },
  },
  // Its clock stood before that of its parents.
  { name: "misdated", at: day(2), files: { "src/misdated.py": work("misdated") } },
  { name: "end", at: day(28), files: { "src/end.py": work("end") } },
];
