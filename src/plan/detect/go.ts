import type { Folder, Part } from "./part.ts";

const report = "go-test.json";
const coverage = "coverage.out";

export function detectGo({ names }: Folder): Part | null {
  if (!names.has("go.mod")) return null;
  const checks = [
    { name: "build", run: "go build ./..." },
    { name: "lint", run: "go vet ./..." },
    // The report is its output; a redirection keeps the exit code.
    {
      name: "test",
      run: `go test -json -coverprofile=${coverage} ./... > ${report}`,
      report,
      coverage,
    },
  ];
  // Checks have no network.
  const setup = names.has("go.sum") ? ["go mod download"] : [];
  return { name: "go", because: "go.mod", setup, checks };
}
