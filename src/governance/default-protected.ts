/**
 * What no phase touches without a grant, whatever its plan says. A name without wildcard covers what is below it.
 * The run adds its plan file and the scripts that the plan names. `.git` needs no entry: no grant opens it.
 */
export const defaultProtected: readonly string[] = [
  // They decide which bytes of other files reach a checkout, and from where.
  "**/.gitmodules",
  "**/.gitattributes",
  ".lfsconfig",
  // The program's own configuration.
  ".autopack",
  "autopack.yaml",
  // Continuous integration: it runs with secrets, and it is what the team trusts.
  ".github",
  ".gitea",
  ".forgejo",
  ".gitlab",
  "**/.gitlab-ci.{yml,yaml}",
  ".circleci",
  ".ci",
  ".buildkite",
  "buildkite.{yml,yaml}",
  ".woodpecker",
  ".woodpecker.{yml,yaml}",
  ".teamcity",
  ".semaphore",
  ".azure-pipelines",
  "**/azure-pipelines*.{yml,yaml}",
  "**/Jenkinsfile{,.*}",
  ".travis.{yml,yaml}",
  ".drone.{yml,yaml,star,jsonnet}",
  "bitbucket-pipelines.{yml,yaml}",
  ".cirrus.{yml,yaml,star}",
  "{,.}appveyor.{yml,yaml}",
  "cloudbuild.{yml,yaml}",
  "buildspec.{yml,yaml}",
  ".builds",
  ".build.yml",
  ".tekton",
  ".harness",
  "{,.}zuul.{yml,yaml}",
  "{,.}zuul.d",
  "wercker.{yml,yaml}",
  "bitrise.{yml,yaml}",
  "codemagic.{yml,yaml}",
  // Whose review a change needs.
  "{,docs/}CODEOWNERS",
];
