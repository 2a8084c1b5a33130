import { describe, expect, it } from "vitest";
import { namedFiles } from "./named-files.ts";

const delivered = (text: string) => namedFiles(text).deliverables.map(({ path }) => path);

describe("the files that a task names", () => {
  it.each([
    ["Create the model in src/models/user.py", ["src/models/user.py"]],
    ["Create `Tests.cs` in `backend/tests/App/`", ["backend/tests/App/Tests.cs"]],
    ["Write `src/a.ts`, `src/b.ts` and (src/c.ts).", ["src/a.ts", "src/b.ts", "src/c.ts"]],
    ["See the bug at `app/models/bill.php:40-51`", ["app/models/bill.php"]],
    ["Add usage to README.md and the script to `package.json`", ["README.md", "package.json"]],
    ["[the guide](docs/guide.md) needs a chapter", ["docs/guide.md"]],
    [
      "Render it in `app/[locale]/page.tsx` and pages/posts/[id].tsx",
      ["app/[locale]/page.tsx", "pages/posts/[id].tsx"],
    ],
    ["Call it from src/index.ts", ["src/index.ts"]],
    ["Remove the flag from src/flags.ts", ["src/flags.ts"]],
    ["./src/a.ts", ["src/a.ts"]],
    ["Edit .github/workflows/ci.yml", [".github/workflows/ci.yml"]],
  ])("are delivered: %s", (text, paths) => {
    expect(delivered(text)).toEqual(paths);
  });

  it.each([
    "Support input/output and/or TCP/IP",
    "Use Vue.js/React.js for it",
    "GET /api/users/list.json returns 200",
    "See https://example.com/docs/a.md and github.com/a/b.go",
    "Create tests/contract/test_[name].py for [endpoint]",
    "Bump to v1.2/3.4, e.g. by 2.5",
    "Install @scope/name.js",
    "Read ../outside/a.md and ~/notes/a.md and C:\\work\\a.ts",
    "Fix autoimport.go and main.py",
    "```ts\nimport x from 'src/example/x.ts';\n```",
    "Update src/a…/b.ts",
  ])("are never made of prose, routes, addresses, placeholders or code: %s", (text) => {
    expect(delivered(text)).toEqual([]);
  });

  it.each([
    ["Follow the pattern, see docs/style.md", "docs/style.md"],
    ["Reuse `src/lib/http.ts` based on src/lib/base.ts", "src/lib/base.ts"],
    ["Do not change src/legacy/api.ts", "src/legacy/api.ts"],
    ["according to specs/001/spec.md", "specs/001/spec.md"],
    ["Spec: `specs/17-ingest.md`", "specs/17-ingest.md"],
  ])("are only read where the text points to them: %s", (text, path) => {
    expect(namedFiles(text).read).toContain(path);
    expect(delivered(text)).not.toContain(path);
  });

  it("are deleted where the text says so", () => {
    expect(namedFiles("Delete `src/old.ts`, and remove the file src/older.ts").deliverables).toEqual([
      { path: "src/old.ts", change: "delete" },
      { path: "src/older.ts", change: "delete" },
    ]);
  });

  it("are not guessed from folders and patterns", () => {
    expect(namedFiles("Additional tests in tests/unit/ and src/**/*.ts")).toEqual({
      deliverables: [],
      read: [],
      folders: ["tests/unit/", "src/**/*.ts"],
    });
  });
});
