//! Every GraphQL document that is sent.

/// Whose token it is.
pub(crate) const VIEWER: &str = "query { viewer { login } }";

/// A signed commit on a branch.
pub(crate) const CREATE_COMMIT_ON_BRANCH: &str = "\
mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url } }
}";

/// Several refs, all or none.
pub(crate) const UPDATE_REFS: &str = "\
mutation($input: UpdateRefsInput!) {
  updateRefs(input: $input) { clientMutationId }
}";

/// A repository's id, which the mutation above wants, and where one of its refs points.
pub(crate) const REF_OF: &str = "\
query($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) { id ref(qualifiedName: $ref) { target { oid } } }
}";

/// A draft becomes ready for review.
pub(crate) const MARK_READY: &str = "\
mutation($input: MarkPullRequestReadyForReviewInput!) {
  markPullRequestReadyForReview(input: $input) { pullRequest { isDraft } }
}";

/// A pull request becomes a draft.
pub(crate) const CONVERT_TO_DRAFT: &str = "\
mutation($input: ConvertPullRequestToDraftInput!) {
  convertPullRequestToDraft(input: $input) { pullRequest { isDraft } }
}";

const COMMIT: &str = "... on Commit {
      oid abbreviatedOid commitUrl
      author { user { login url } }
      associatedPullRequests(first: 50) { nodes { number url mergedAt author { login url } } }
    }";

const PULL: &str = "number url author { login url } mergeCommit { oid abbreviatedOid commitUrl }";

/// Commits by `$e0`, `$e1`, …, as `a0`, `a1`, … of `repository`.
pub(crate) fn commits(count: usize) -> String {
    build(count, "String", "e", |n| format!("a{n}: object(expression: $e{n}) {{ {COMMIT} }}"))
}

/// Pull requests by `$n0`, `$n1`, …, as `a0`, `a1`, … of `repository`.
pub(crate) fn pulls(count: usize) -> String {
    build(count, "Int", "n", |n| format!("a{n}: pullRequest(number: $n{n}) {{ {PULL} }}"))
}

const COMMIT_WITH_FILE: &str = "oid ... on Commit { file(path: $path) { oid } }";

/// Tags `$r0`, … as `a0`, … and the Releases of `$t0`, … as `b0`, … of `repository`.
pub(crate) fn tags(count: usize) -> String {
    let variables: Vec<String> =
        (0..count).map(|n| format!(", $r{n}: String!, $t{n}: String!")).collect();
    let fields: Vec<String> = (0..count)
        .map(|n| {
            format!(
                "a{n}: ref(qualifiedName: $r{n}) {{ target {{ {COMMIT_WITH_FILE} ... on Tag {{ target {{ {COMMIT_WITH_FILE} }} }} }} }}\n    \
                 b{n}: release(tagName: $t{n}) {{ databaseId url isDraft tagName }}"
            )
        })
        .collect();
    document(&format!(", $path: String!{}", variables.concat()), &fields)
}

/// The author and pull requests of a commit. The cost counts connections, not their length: many
/// labels cost nothing, many pull requests do, and the one that brought a commit comes first.
const COMMIT_PULLS: &str = "fragment commit on Commit {
  authoredDate
  author { email user { id login } }
  associatedPullRequests(first: 5) {
    nodes {
      number title url mergedAt baseRefName
      author { __typename login }
      mergeCommit { oid }
      labels(first: 100) { nodes { name } }
    }
  }
}";

/// Commits by their full ids `$o0`, …, as `a0`, … of `repository`.
pub(crate) fn commit_pulls(count: usize) -> String {
    let query =
        build(count, "GitObjectID", "o", |n| format!("a{n}: object(oid: $o{n}) {{ ...commit }}"));
    format!("{query}\n{COMMIT_PULLS}")
}

/// One commit of each person `$p0`, … that `$at` reaches, as `a0`, … of `repository.object`.
pub(crate) fn earlier(count: usize) -> String {
    let variables: Vec<String> = (0..count).map(|n| format!(", $p{n}: CommitAuthor!")).collect();
    let fields: Vec<String> = (0..count)
        .map(|n| format!("a{n}: history(first: 1, author: $p{n}) {{ nodes {{ oid }} }}"))
        .collect();
    let object = format!("object(oid: $at) {{ ... on Commit {{ {} }} }}", fields.join(" "));
    document(&format!(", $at: GitObjectID!{}", variables.concat()), &[object])
}

fn build(count: usize, kind: &str, variable: &str, field: impl Fn(usize) -> String) -> String {
    let variables: Vec<String> = (0..count).map(|n| format!(", ${variable}{n}: {kind}!")).collect();
    document(&variables.concat(), &(0..count).map(field).collect::<Vec<_>>())
}

fn document(variables: &str, fields: &[String]) -> String {
    let fields = fields.join("\n    ");
    format!(
        "query($owner: String!, $name: String!{variables}) {{\n  repository(owner: $owner, name: $name) {{\n    {fields}\n  }}\n}}"
    )
}

/// Every document with its name, those of variable length with two fields.
pub fn documents() -> Vec<(&'static str, String)> {
    vec![
        ("viewer", VIEWER.to_owned()),
        ("createCommitOnBranch", CREATE_COMMIT_ON_BRANCH.to_owned()),
        ("updateRefs", UPDATE_REFS.to_owned()),
        ("ref", REF_OF.to_owned()),
        ("markPullRequestReadyForReview", MARK_READY.to_owned()),
        ("convertPullRequestToDraft", CONVERT_TO_DRAFT.to_owned()),
        ("commits", commits(2)),
        ("pulls", pulls(2)),
        ("tags", tags(2)),
        ("commitPulls", commit_pulls(2)),
        ("earlier", earlier(2)),
    ]
}
