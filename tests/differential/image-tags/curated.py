"""Cases that go through every rule, attribute, helper, token and refusal once or more."""
from events import API_DATE, OTHER, SHA, case

HEAD, TAG = "refs/heads/", "refs/tags/"

SEMVER_TAGS = """v1.2.3 1.2.3 =1.2.3 v=1.2.3 V1.2.3 vv1.2.3 v1.2 v1 1 01.2.3 1.02.3 v0.0.0 v0.1.0 1.2.3.4 1.2.3- 1.2.3+
1.2.3-rc.1 1.2.3-0 1.2.3-01 1.2.3-0a 1.2.3-rc.01 1.2.3-alpha..1 1.2.3--1 1.2.3-x-y-z.- 1.2.3-rc1 1.2.3rc1 v1.2.3-rc.1+b.5
1.2.3+a.b-c 1.2.3+01 1.2.3-rc_1 v9007199254740991.0.0 v9007199254740992.0.0 1.2.3-9007199254740993 api/v1.2.3
api-v1.2.3 api@1.2.3 @scope/api@1.2.3 release-1.2.3 v1.2.3-SNAPSHOT v1.2.3-20250101 v2025.01.02 v2025.1.2 nightly
v1.2.3-%s""" % ("a" * 250)

SEMVER_PATTERNS = [
    "{{raw}}", "{{{raw}}}", "{{ raw }}", "{{~raw~}}", "{{raw}}x", "v{{raw}}", "{{raw}}{{!c}}", "{{!c}}{{raw}}", "{{./raw}}",
    "{{this.raw}}", "{{raw.length}}", "{{&raw}}", "{{[raw]}}", "v{{version}}", "{{prerelease}}", "{{prerelease.0}}",
    "{{prerelease.[1]}}", "{{prerelease.length}}", "{{#each prerelease}}{{@index}}{{this}}{{#unless @last}}_{{/unless}}{{/each}}",
    "{{build}}", "{{build.0}}", "{{#each build}}<{{this}}>{{else}}none{{/each}}", "{{#if prerelease.length}}pre{{else}}final{{/if}}",
    "{{#if prerelease}}pre{{else}}final{{/if}}", "{{loose}}", "{{options.loose}}", "{{includePrerelease}}", "{{nothing}}",
    "{{major}}{{#if minor}}.{{minor}}{{/if}}", "{{#with this}}{{major}}_{{patch}}{{/with}}", "{{lookup this 'minor'}}",
    "{{#unless patch}}zero{{else}}{{patch}}{{/unless}}", "{{constructor}}", "{{toString}}", "{{format}}", "{{sha}}{{branch}}{{major}}",
    "", "fixed", "{{major", "{{#if major}}", "{{raw 'x'}}", "{{major}}.{{minor}}.x",
]

PEP440_TAGS = """1.2.3 v1.2.3 V1.2.3 1 1.2 1.2.3.4.5 1!2.0 v1!2.0.1 01.02.03 1.0a1 1.0.a.1 1.0-alpha1 1.0_beta_2 1.0.RC-4 1.0c1
1.0pre2 1.0preview3 1.0.post1 1.0-1 1.0rev2 1.0r3 1.0.post 1.0.dev 1.0.dev0 1.0a 1.0a1.post2.dev3 1.0+ubuntu.1 1.0+ABC-1_2
1.0+local.01 1.0rc1+x.1 1.0.0.0 0 0.0 2025.03 1.0x 1.0.. 1.0+ 1.0.post1.post2 1.0-rc.1 1.0a1b1 1.2.3+a/b lib/v1.4.0
v1.2.3-beta.1 1.0.0RC1 99999999999999999999.1 1.0-01 1.2.3.dev456+gabcdef""".split()

MATCH = [  # pattern, group, tag
    (r"v(.*)", "1", "v1.2.3"), (r"v(.*)", None, "v1.2.3"), (r"v(.*)", "", "v1.2.3"), (r"v(.*)", "2", "v1.2.3"),
    (r"v(.*)", "-1", "v1"), (r"v(.*)", "1.5", "v1"), (r"v(.*)", "0x1", "v1.2"), (r"v(.*)", "01", "v1.2"), (r"v(.*)", " 1 ", "v1.2"),
    (r"v(.*)", "1e0", "v1.2"), (r"v(.*)", "Infinity", "v1"), (r"/V(.*)/i", "1", "v1.2.3"), (r"/V(.*)/", "1", "v1.2.3"),
    (r"/\d+/g", None, "v1.22.3"), (r"/\d+/g", "1", "v1.22.3"), (r"/\d+/g", "7", "v1.22.3"), (r"/^.(\d)/y", "1", "v1"), (r"/\d/y", None, "v1"),
    (r"/a.b/s", None, "a-b"), (r"/(\p{L}+)-(\p{Nd})/u", "1", "été-٣"), (r"/\p{L}/", None, "xp{L}"), (r"/(?<y>\d{4})\.(?<m>\d\d)/", "2", "r2025.03"),
    (r"(?<=v)\d+", None, "xv12"), (r"(?<!v)\d+", None, "v12-34"), (r"(?<=(\d)\.)x", "1", "1.x"), (r"^(?!.*-rc)v(.+)$", "1", "v1-rc1"),
    (r"(a)|(b)", "1", "b"), (r"(a)|(b)", "2", "b"), (r"(\w)\1", None, "hello"), (r"\k<x>(?<x>l)", None, "hello"), (r"(?<x>l)\k<x>", None, "hello"),
    (r"[^]v", None, "a-v"), (r"[]", None, "a"), (r"\bv\d", None, "a-v1"), (r"\Bv", None, "av"), (r"^v\d+?", None, "v123"), (r"v\d{1}", None, "v123"),
    (r"v\d{2.}", None, "v12"), (r"{1}", None, "{1}"), (r"a{", None, "a{"), (r"]", None, "a]"), (r"\u0076\x31", None, "v1"), (r"\u{76}", None, "v1"),
    (r"/\u{76}/u", None, "v1"), (r"\cA", None, "v1"), (r"\0", None, "v1"), (r"\d.\d.\d", None, "v1.2.3"), (r"(?i:V)1", None, "v1"), (r"/v/ii", None, "v"),
    (r"/v/x", None, "v"), (r"/[\p{L}--[a-z]]/v", None, "aB"), (r"/(v)/d", "1", "v"), (r"/^b/m", None, "a"), (r"(?:", None, "v"), (r"a**", None, "a"), (r"[b-a]", None, "a"),
    (r"(?<n>a)(?<n>b)", None, "ab"), (r"(?<n>a)|(?<n>b)", "2", "b"), (r"(?P<n>a)", None, "a"), (r"\Z", None, "vZ"), (r"\Av", None, "v"), (r"v++", None, "v"), (r"(?>v)", None, "v"),
    (r"", None, "v1"), (r"/", None, "a/b"), (r"//", None, "a//b"), (r"/api\/v(.+)/", "1", "api/v1.2"), (r"api/v(.+)", "1", "api/v1.2"),
    (r"(?:@acme/)?(?:api|web)@(.+)$", "1", "@acme/api@1.2.3"), (r"\d{4}\.\d{2}(?:-\w+)?", None, "r2025.03-x"), (r".*?(\d+)$", "1", "build-0042"),
    (r"^(.{3}).*(.)$", "2", "abcdefg"), (r"[\w.-]+", None, "@acme/api@1"), (r"[^\d]+", None, "v1"), (r"[\d-x]+", None, "1-x"), (r"(z)((a+)?(b+)?(c))*", "3", "zaacbbbcac"),
    (r"(?=(\d+))v", None, "v1"), (r"(?=v(\d+))", "1", "v12"), (r"\s|\S", None, "v"), (r"(?!)", None, "v"), (r"(|v)*", None, "v"), (r"^$", None, "v"), (r"V", None, "v"),
    (r"/É/i", None, "é"), (r"/ſ/i", None, "s"), (r"/ſ/iu", None, "s"), (r"\w+", None, "été"), (r"/./", None, "🚀"), (r"/./u", None, "🚀x"), (r"/^.$/u", None, "🚀"), (r"(a+)+$", None, "aaab"),
]

TOKENS = """YYYY YY Y YYYYYY M Mo MM MMM MMMM D Do DD DDD DDDo DDDD d do dd ddd dddd e E w wo ww W Wo WW gg gggg ggggg GG GGGG GGGGG Q Qo
H HH h hh k kk m mm s ss S SS SSS SSSS SSSSSSSSS A a X x Z ZZ z zz L LL LLL LLLL LT LTS l ll lll llll N NN NNNN NNNNN y yo Hmm Hmmss hmm hmmss
[text] [a]b[c] [[x]] \\[x\\] [YYYY]YYYY T Ü foo-bar YYYYMMDDTHHmmssZZ dddd[T]D D[D]D DoDDDD YYYYY [unclosed ]closed[ _YYYY_ YYYYw GGGG[W]WW LTLT h:mm MMMMM""".split()

DATES = ["2025-03-04T05:06:07+00:00", "2024-02-29T23:59:59.987Z", "2024-12-30T00:00:00-05:00", "2021-01-03T12:00:01+05:30", "2025-03-30T01:30:00Z",
         "2025-10-26T00:59:59Z", "2023-12-31T23:30:00+14:00", "1999-12-31T12:34:56Z", "1969-07-20T20:17:40Z", "2038-01-19T03:14:08Z", "2099-06-30T13:00:00Z"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Europe/London",
         "Etc/GMT+5", "US/Pacific", "europe/berlin", "EST", "EST5EDT", "GMT", "Asia/Tokyo", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Chatham", "Antarctica/Troll"]
BAD_ZONES = ["Nowhere/City", "", "+02:00", "Z", "CEST"]

EXPRESSIONS = [  # global expressions, as a raw value
    "{{branch}}", "{{tag}}", "{{sha}}", "{{base_ref}}", "{{is_default_branch}}", "{{is_not_default_branch}}", "{{{branch}}}", "{{&branch}}",
    "{{ branch }}", "{{~branch~}}", "a {{~ branch ~}} b", "{{./branch}}", "{{this.branch}}", "{{[branch]}}", "{{this/branch}}", "{{../branch}}", "{{@root.branch}}",
    "x{{nothing}}y", "x{{nothing.at.all}}y", "{{nothing 'x'}}", "{{#nothing}}a{{else}}b{{/nothing}}", "{{^nothing}}a{{/nothing}}", "{{^}}x",
    "{{#if tag}}t{{else}}b{{/if}}", "{{#if branch}}b{{/if}}", "{{#if is_default_branch}}d{{else}}n{{/if}}", "{{#if (is_default_branch)}}d{{/if}}",
    "{{#unless tag}}no{{else}}yes{{/unless}}", "{{#if tag}}t{{else if branch}}{{branch}}{{else}}n{{/if}}", "{{#if}}x{{/if}}", "{{#if tag branch}}x{{/if}}",
    "{{#if 0}}a{{else}}b{{/if}}", "{{#if 0 includeZero=true}}a{{else}}b{{/if}}", "{{#if ''}}a{{else}}b{{/if}}", "{{#if true}}a{{/if}}", "{{#if null}}a{{else}}b{{/if}}", "{{#if undefined}}a{{else}}b{{/if}}",
    "{{#branch}}x{{/branch}}", "{{#is_default_branch}}x{{else}}y{{/is_default_branch}}", "{{^tag}}none{{/tag}}", "{{^branch}}none{{/branch}}",
    "{{#with branch}}<{{this}}>{{/with}}", "{{#with tag}}a{{else}}b{{/with}}", "{{#with branch as |b|}}{{b}}-{{b}}{{/with}}", "{{#each branch}}a{{else}}b{{/each}}", "{{#each nothing}}a{{else}}b{{/each}}",
    "{{lookup branch 'length'}}", "{{lookup this 'nothing'}}", "{{log branch}}x", "{{! comment }}x", "{{!-- a }} b --}}x", "{{!}}x", "x{{{{raw}}}}{{branch}}{{{{/raw}}}}",
    "\\{{branch}}", "\\\\{{branch}}", "\\\\\\{{branch}}", "a\\{{branch}} {{sha}}", "{{'branch'}}", "{{\"branch\"}}", "{{1}}", "{{true}}", "{{null}}", "{{undefined}}", "{{-1}}", "{{1.5}}",
    "{{branch}", "{{branch", "{branch}", "}}", "{{}}", "{{ }}", "{{{branch}}", "{{branch}}}", "{{#if tag}}x", "{{/if}}", "{{else}}", "{{#if tag}}x{{/unless}}", "{{> part}}", "{{#> part}}fallback{{/part}}",
    "{{#*inline 'p'}}[{{branch}}]{{/inline}}{{> p}}", "{{#*inline 'p'}}[{{who}}]{{/inline}}{{> p who='me'}}", "{{> (lookup . 'x')}}", "{{branch x=1}}", "{{branch 'x'}}", "{{branch.length}}", "{{constructor}}", "{{__proto__}}", "{{toString}}",
    "{{date}}", "{{commit_date}}", "{{commit_date 'YYYY' 'MM'}}", "{{commit_date 'YYYY' foo='x'}}", "{{commit_date 'YYYY' tz='UTC' foo='x'}}", "{{commit_date ''}}", "{{commit_date 5}}", "{{commit_date true}}", "{{commit_date branch}}", "{{commit_date 'YYYY' tz=5}}",
    "{{commit_date (sha)}}", "{{commit_date 'YYYY' tz=(branch)}}", "{{commit_date tz='UTC'}}", "{{#if (commit_date 'YYYY')}}x{{/if}}", "{{#commit_date 'YYYY'}}x{{/commit_date}}", "{{lookup (commit_date 'YYYY') 0}}",
    "{{#with (commit_date 'YYYY') as |y|}}y{{y}}{{/with}}", "{{helperMissing}}", "{{blockHelperMissing}}", "{{#blockHelperMissing branch}}x{{/blockHelperMissing}}", "{{* branch}}", "{{@index}}", "{{@key}}", "{{this}}", "{{.}}", "{{#with this}}{{sha}}{{/with}}",
    "{{#each (lookup this 'x')}}1{{else}}2{{/each}}", "{{a-b}}", "{{a.b-c}}", "{{a'b}}", "{{(branch)}}", "{{(is_default_branch)}}-{{(commit_date 'YY')}}", "{{branch}}-{{sha}}-{{tag}}", "a  b\tc", "a--b__c..d", "ünï-cödé", "🚀", "/", "---", "...", "x&amp;y", "<{{branch}}>",
]


def semver():
    yield case(cat="semver", ref=TAG + "v1.2.3-rc.1", images="acme/rocket", tags="type=semver,pattern={{version}}\ntype=semver,pattern={{raw}}")
    for name in SEMVER_TAGS.split():
        yield case(cat="semver", ref=TAG + name, tags="type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}.{{patch}}\ntype=semver,pattern={{raw}},prefix=r-")
    for at, pattern in enumerate(SEMVER_PATTERNS):
        name = ("v3.4.5", "v3.0.0-rc.7+b.1", "3.4.0+a.2")[at % 3]
        yield case(cat="semver-pattern", ref=TAG + name, tags="type=semver,pattern=%s" % pattern)
        if at % 3:
            yield case(cat="semver-pattern", ref=TAG + "v3.4.5", tags="type=semver,pattern=%s" % pattern)
    for value in ("v1.0.0", "{{branch}}", "{{tag}}", "{{nothing}}", " 1.2.3 ", "1.2.3-{{sha}}", "{{#if", "1/2", "1.2.3&x", "v1.2.3 ", "1.2.3-rc/1"):
        yield case(cat="semver-value", ref=HEAD + "v7.8.9", tags="type=semver,pattern={{version}},value=%s" % value)
    for match in (r"v(.*)", r"api/v(.*)", r"x(.*)", r"v(\d+)", r"v.*", r"(x)?v(.*)", r"v(.*", r"/v(.*)/", r"(?<=v)(.*)", "{{tag}}", "", r"(?:api|web)[/@-]v?(.+)$"):
        for kind in ("semver", "pep440"):
            yield case(cat=kind + "-match", ref=TAG + "api/v1.2.3", tags="type=%s,pattern={{version}},match=%s\ntype=sha" % (kind, match))


def pep440():
    for name in PEP440_TAGS:
        yield case(cat="pep440", ref=TAG + name, tags="type=pep440,pattern={{version}}\ntype=pep440,pattern={{major}}.{{minor}}.{{patch}}\ntype=pep440,pattern={{raw}},suffix=-r")
    for pattern in ("{{raw}}", "{{{raw}}}", "v{{version}}", "{{epoch}}", "{{release}}", "{{#if patch}}p{{/if}}", "{{#with major}}m{{this}}{{/with}}", "x", "", "{{major", "{{~raw~}}", "{{raw}}{{raw}}", "{{major 1}}"):
        for name in ("1.2.3", "1!2.0rc1", "1.0+a.1"):
            yield case(cat="pep440-pattern", ref=TAG + name, tags="type=pep440,pattern=%s" % pattern)
    for value in ("2.0rc1", "{{branch}}", "1.0 ", "1.0 beta"):
        yield case(cat="pep440-value", ref=HEAD + "1.5", tags="type=pep440,pattern={{version}},value=%s" % value)


def quoted(text):
    return '"%s"' % text.replace('"', '""') if "," in text or '"' in text or text.startswith("#") else text


def match():
    for pattern, group, name in MATCH:
        words = ["type=match", "pattern=" + pattern] + ([] if group is None else ["group=" + group])
        yield case(cat="match", ref=TAG + name, tags=",".join(words))
    yield case(cat="match", ref=TAG + "v1.22.3", tags='type=match,"pattern=\\d{1,3}\\.\\d{1,2}"')
    yield case(cat="match", ref=TAG + "v1.22.3", tags='"type=match,""pattern=\\d{1,3}\\.\\d{1,2}"""')
    yield case(cat="match", ref=HEAD + "rel-5", tags="type=match,pattern=rel-(\\d+),group=1,value={{branch}}\ntype=match,pattern=.*,value=")
    yield case(cat="match", ref=TAG + "v1", flavor="latest=false", tags="type=match,pattern=v1\ntype=match,pattern=v(?<a>1),prefix=p-,suffix=-{{sha}}")


def dates():
    for at, token in enumerate(TOKENS):
        yield case(cat="token", date=DATES[at % 4], tags="type=raw,value={{commit_date '%s'}}" % token, labels="t={{commit_date '%s' tz='America/New_York'}}" % token)
    for at in range(0, len(TOKENS) - 8, 4):
        lines = ["%d=%s{{{commit_date '%s'}}}" % (n, n, token) for n, token in enumerate(TOKENS[at:at + 8], 100)]
        yield case(cat="token", date=DATES[(at // 4) % len(DATES)], tags="foo", labels="\n".join("k" + line for line in lines))
    for date in DATES:
        text = "{{{commit_date 'YYYY-MM-DDTHH:mm:ss.SSSZ z e E w W gg GG Q DDDD X x [o]ZZ' tz='%s'}}}"
        yield case(cat="zone", date=date, tags="foo", labels="\n".join("l%02d=%s" % (n, text % zone) for n, zone in enumerate(ZONES)))
    for zone in BAD_ZONES:
        yield case(cat="zone", tags="type=raw,value=x{{commit_date 'YYYYMMDDHH z' tz='%s'}}" % zone)
    for date in ("not a date", "2025-03-04", "2025-03-04T05:06:07", "2025-03-04 05:06:07 +0200", "2025-02-30T00:00:00Z", "+012025-03-04T05:06:07Z", "0099-03-04T05:06:07Z", "", None, 1741064767000, "2025-03-04T24:00:00Z", "Tue, 04 Mar 2025 05:06:07 GMT"):
        yield case(cat="timestamp", date=date, api_date=API_DATE, tags="type=raw,value=x{{commit_date 'YYYY-MM-DD HH:mm:ss'}}", labels="d={{commit_date 'LLLL'}}")
    yield case(cat="timestamp", tags="type=raw,value={{commit_date 'YYYYMMDD'}}", api_date=API_DATE, payload={"commits": [{"id": OTHER, "timestamp": "2020-01-01T00:00:00Z"}], "head_commit": None})
    yield case(cat="timestamp", tags="type=raw,value={{commit_date 'YYYYMMDD'}}", api_date=API_DATE, payload={"commits": None, "head_commit": {"id": OTHER, "timestamp": "2020-01-01T00:00:00Z"}})
    yield case(cat="timestamp", event_name="workflow_dispatch", tags="type=raw,value={{commit_date 'YYYYMMDD'}}", api_date=False, now=[["%Y%m%d", 0]])
    yield case(cat="now", tags="type=raw,value=n-{{date 'YYYYMMDD'}}", labels="a={{date 'YYYY-MM-DD' tz='UTC'}}", now=[["%Y%m%d", 0], ["%Y-%m-%d", 0]])
    yield case(cat="now", event_name="schedule", tags="type=schedule,pattern=n{{date 'YYYYMMDD' tz='Asia/Tokyo'}}", now=[["%Y%m%d", 540]])
    yield case(cat="quoted", tags='''"type=raw,""value={{commit_date 'dddd, MMMM Do YYYY, h:mm:ss a'}}"""''')
    yield case(cat="quoted", tags='''type=raw,value={{commit_date 'dddd, MMMM Do YYYY'}}''')
    yield case(cat="quoted", tags='''type=raw,value={{commit_date "YYYY"}}''')
    for pattern in ("{{commit_date 'YYYYMMDD'}}", "{{branch}}-x", "", "n-{{sha}}{{#if branch}}b{{/if}}", "{{is_default_branch}}", "nightly {{commit_date 'ddd'}}", "{{commit_date 'YYYY' tz='Mars/Base'}}", "{{commit_date 'YYYY' x='y'}}", "{{#if}}"):
        yield case(cat="schedule", event_name="schedule", tags="type=schedule,pattern=%s" % pattern)


def rules():
    for event in ("push", "schedule", "workflow_dispatch", "release", "discussion", "discussion_comment", "create", "delete", "issues", "issue_comment", "merge_group", "workflow_run", "repository_dispatch",
                  "pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment", "workflow_call", "registry_package", "x-schedule-x"):
        ref = "refs/pull/42/merge" if event.startswith("pull_request") and event != "pull_request_target" else HEAD + "side"
        for rules_ in (None, "type=schedule,pattern=s\ntype=edge\ntype=ref,event=branch\ntype=ref,event=tag\ntype=ref,event=pr\ntype=raw,value=d-{{is_default_branch}}-{{is_not_default_branch}}-{{base_ref}}\ntype=sha"):
            yield case(cat="event", event_name=event, ref=ref, **({} if rules_ is None else {"tags": rules_}))
    yield case(cat="event", event_name="pull_request_target", ref=HEAD + "main", payload={"number": None}, tags="type=ref,event=pr")
    yield case(cat="event", event_name="pull_request", ref="refs/pull/7/head", tags="type=ref,event=pr\ntype=raw,value=b-{{base_ref}}")
    yield case(cat="event", event_name="pull_request", ref="refs/pull/42/merge", payload={"pull_request": {"base": {}}}, tags="type=raw,value=b-{{base_ref}}", env={"DOCKER_METADATA_PR_HEAD_SHA": "true"})
    yield case(cat="event", event_name="merge_group", ref=HEAD + "gh-readonly-queue/main/pr-12-abcdef", tags="type=ref,event=branch\ntype=sha")
    yield case(cat="event", ref="", event_name="workflow_dispatch", tags="type=ref,event=branch\ntype=raw,value=x{{branch}}{{is_default_branch}}")
    yield case(cat="event", ref="refs/notes/commits", event_name="workflow_dispatch")
    yield case(cat="event", ref=TAG + "v1", payload={"base_ref": "refs/heads/release/1.x"}, tags="type=raw,value=b-{{base_ref}}")
    yield case(cat="event", ref=HEAD + "main", payload={"base_ref": "refs/heads/release/1.x"}, tags="type=raw,value=b-{{base_ref}}")
    yield case(cat="event", ref=TAG + "v1", payload={"base_ref": "refs/heads/a&b"}, tags="type=raw,value=b-{{{base_ref}}}", labels="b={{base_ref}}")
    for ref in (HEAD + "main", HEAD + "refs/heads/main", HEAD + "feat/a&b<c>'d", HEAD + "release/1.x", HEAD + 'x"y', HEAD + "a`b=c", HEAD + "-lead", HEAD + ".dot", HEAD + "été/ß", HEAD + "a b", HEAD + "a" * 200, TAG + "main", TAG + "@scope/pkg@1.2.3", TAG + "refs/tags/v1", HEAD + "UPPER_Case", HEAD + "#42", HEAD + "{{sha}}"):
        yield case(cat="ref", ref=ref, tags="type=ref,event=branch\ntype=ref,event=tag,suffix=-t\ntype=edge\ntype=raw,value=r-{{branch}}{{tag}},priority=5\ntype=raw,value=h-{{{branch}}}{{{tag}}}", labels="ref={{branch}}{{tag}}\nhtml={{{branch}}}{{{tag}}}")
    for tags in ("type=edge", "type=edge,branch=", "type=edge,branch=main", "type=edge,branch=Main", "type=edge,branch={{branch}}", "type=edge,suffix=-x\ntype=edge,prefix=y-", "type=edge,value=z"):
        yield case(cat="edge", tags=tags)
        yield case(cat="edge", repo="trunk", ref=HEAD + "trunk", tags=tags)
    for tags in ("type=sha,format=short", "type=sha,format=long", "type=sha,prefix=", "type=sha,suffix=-x", "type=sha,format=LONG", "type=sha,format=", "type=sha,value=x", "type=sha,prefix={{branch}}-,format=long"):
        for flavor in ("", "prefix=f-\nsuffix=-f"):
            yield case(cat="sha", tags=tags, flavor=flavor)
    yield case(cat="sha", tags="type=sha", sha="")
    yield case(cat="sha", tags="type=sha", sha="abc")
    for tags in ("foo", "foo,bar", "foo,value=bar", "value=bar,foo", "type=raw,foo", "type=raw", "type=raw,", "type=raw,value=", "type=raw,value", "TYPE=raw,VALUE=x", "Type=Raw,value=x", "type=raw,value=a=b=c", "type=raw, value = x ",
                 "type=raw,value=x,enable=true", "type=raw,value=x,enable=false", "type=raw,value=x,enable=True", "type=raw,value=x,enable=1", "type=raw,value=x,enable=", "type=raw,value=x,enable={{is_default_branch}}", "type=raw,value=x,enable={{nothing}}",
                 "type=raw,value=x,enable={{#if tag}}true{{else}}false{{/if}}", "type=raw,value=x,enable= true ", "type=raw,value=x,unknown=1", "type=raw,value=x,type=sha", "type=raw,type=nope,value=x", "=x", "=", "a==b", "type==raw", "value=x=", "type=raw,value=a b c",
                 "type=raw,,value=x", "type=raw,value=x,", ",", ",,x", "type=raw,value=x,prefix=p,prefix=q", "type=raw,value=x,prefix={{sha}}-,suffix=-{{branch}}", "type=raw,value=,prefix=only", "type=raw,value={{nothing}}", "type=raw,value=x,prefix={{", "type=raw,value=latest", "type=raw,value=x\ntype=raw,value=x\ntype=raw,value=y",
                 "type=raw,value=a/b:c@d", "type=raw,value=äöü", "type=raw,value=" + "x" * 140, "type=raw,value=.hidden", "type=raw,value=-x", "type=raw,value=/x", "type=ref", "type=ref,event=", "type=ref,event=Branch", "type=ref,event=branch,event=tag", "type=semver", "type=pep440", "type=match", "type=match,pattern=v,group=x",
                 "type=schedule,pattern=", "type=", "type=raw,value=x,priority=", "# comment only", "#a\nfoo", "foo # not a comment", " # spaced\nfoo", "foo\n\n\nbar", "foo\r\nbar", "  foo  \n\tbar\t", "\ufefffoo", "foo\n#bar\nbaz", "toString", "type=raw,constructor=x,value=y", "type=raw,__proto__=x,value=y", "type=raw,hasOwnProperty=x,value=y"):
        yield case(cat="entry", ref=HEAD + "main", tags=tags)
    for tags in ('"foo"', '"type=raw,value=foo"', 'type=raw,"value=a,b"', 'type=raw,value="a"', '"type=raw",value=x', '"type=raw,""value=a,b"""', 'type=raw,value=a"b', '"foo', 'foo"', '"foo"bar', '"a\nb"', 'type=raw,"value=a\nb"', '""', '"",x', "'type=raw,value=x'", '"#x"', 'type=raw,value=""', '"type=raw","value=x y"', 'a""b', '"a""b"', 'x,"y', 'x, "y"'):
        yield case(cat="csv", tags=tags)
        yield case(cat="csv", tags="foo", labels=tags, flavor="latest=true")
    for tags in ("type=sha,priority=1001\nfoo\ntype=ref,event=branch", "foo,priority=1\nbar,priority=2\nbaz,priority=1.5\nqux,priority=-3", "foo,priority=x\nbar,priority=900\nbaz", "a,priority=1e3\nb,priority=0x3e9\nc,priority=\nd,priority= 999 ", "a,priority=Infinity\nb\nc,priority=-Infinity", "c\nb,priority=nope\na,priority=5000\nd,priority=1\ntype=sha", "type=raw,value=latest,priority=2000\ntype=semver,pattern={{version}},value=1.2.3", "a,priority={{sha}}\nb,priority=300"):
        yield case(cat="priority", tags=tags)


def whole():
    rules_ = "type=ref,event=branch\ntype=ref,event=pr\ntype=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\ntype=sha"
    for flavor in ("latest=auto", "latest=true", "latest=false", "latest=", "latest=TRUE", "latest=auto,latest=true", "prefix=a-", "suffix=-b", "prefix=a-,onlatest=true", "suffix=-b,onlatest=true", "suffix=-b,onlatest=false", "onlatest=true", "onlatest=yes", "onlatest=", "prefix=a-,onlatest=true\nprefix=b-", "prefix=,onlatest=true",
                   "prefix=a-,onlatest=true,suffix=-b,onlatest=true,latest=true", "suffix=-{{sha}}", "suffix=-{{sha}},onlatest=true\nlatest=true", "prefix={{branch}}/,onlatest=true\nlatest=true", "prefix=a=b", "PREFIX=x-", "nope", "nope=x", "latest", "prefix=a b,onlatest=true\nlatest=true", "# x\nlatest=true", "latest=true\n\nprefix=x-", "prefix={{nope", "suffix={{commit_date 'YYYY'}}", " latest = true ", "latest=true,", '"prefix=a,b"', "prefix=ü,onlatest=true\nlatest=true"):
        for ref in (TAG + "v1.2.3", HEAD + "main"):
            yield case(cat="flavor", ref=ref, flavor=flavor, tags=rules_)
    for ref in (TAG + "v1.2.3", TAG + "v1.2.3-rc.1", TAG + "latest", HEAD + "main"):
        for tags in ("type=ref,event=tag\ntype=semver,pattern={{version}}", "type=semver,pattern={{version}}\ntype=raw,value=latest", "type=raw,value=x,priority=2000\ntype=semver,pattern={{version}}", "type=match,pattern=v(.*),group=1\ntype=sha", "type=sha,priority=950\ntype=semver,pattern={{version}}"):
            yield case(cat="latest", ref=ref, tags=tags)
    for images in ("", "acme/rocket", "Acme/Rocket", "ghcr.io/acme/rocket\ndocker.io/acme/rocket", "a/b,c/d", "a/b,c/d\ne/f", "name=a/b", "name=a/b,enable=false", "name=a/b,enable=false\nname=c/d,enable=false", "name=a/b,enable=true\nc/d", "enable=true,name=a/b", "a/b,enable=false", "name=", "enable=true", "name=a/b,enable=TRUE", "name=a/b,enable=", "name=a/b,x=y", "NAME=a/b", "name=a=b", "localhost:5000/a/b", "a/b\na/b", "# c\na/b", "a/b # c", " a/b ", "a/b,", ",a/b", '"a/b"', '"a/b,c/d"', "ä/ö", "a b/c", "name=a/b,name=c/d", "{{branch}}/x", "a/b@sha256:00", "a/b:tag", "name = a/b , enable = true", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b", "İ/x"):
        yield case(cat="images", ref=TAG + "v1.2.3", images=images, tags=rules_)
    for labels in ("a=b", "a=b=c", "a=", "=b", "=", "nothing", "a=b\na=c", "A=1\na=2\nB=3\nb=4", "z=1\n_=2\n-=3\n.=4\n/=5\n0=6\n9=7\n10=8\n2=9", "é=1\ne=2\nf=3\nE=4\nÉ=5", "a-b=1\na_b=2\na.b=3\na/b=4\nab=5\na b=6\naB=7", "org.opencontainers.image.title=x", "org.opencontainers.image.licenses=", "org.opencontainers.image.created=never", "org.opencontainers.image.version={{tag}}", "org.OpenContainers.image.title=x",
                   "k={{branch}}&{{sha}}", "{{branch}}=v", "k={{{branch}}}", "k={{", "k={{nothing}}", "a=x, y", 'a="x, y"', '"a=x, y"', "a=b # c", "# a=b", "a=1\n\nb=2", " a = b ", "a=b\r\nc=d", '"a=x\ny"', "ß=1\nss=2\nst=3", "日本=1\nあ=2\nア=3", "я=1\nа=2\nZ=3", "Ω=1\nω=2\nα=3", "🚀=1\n😀=2\n€=3\n$=4", "a\u0301=1\ná=2\nb=3", "co-op=1\ncoop=2\nco op=3\nCOOP=4", "a'b=1\na\"b=2\na`b=3\na(b=4\na)b=5\na[b=6\na{b=7\na@b=8\na*b=9\na\\b=10\na&b=11\na#b=12\na%b=13\na+b=14\na<b=15\na>b=16\na|b=17\na~b=18\na$b=19\na^b=20\na!b=21\na?b=22\na:b=23\na;b=24", "1=x\n01=y\n10=z\n2=w", "__proto__=x", "æ=1\nae=2\naf=3\nœ=4\nø=5\no=6\nð=7\nd=8\nþ=9", "\u00a0a=1\na\u00ad=2\na=3", "k=a\\nb", "k=\\{{branch}}", "a=\tx\t"):
        yield case(cat="labels", labels=labels, tags="foo")
        yield case(cat="annotations", annotations=labels, tags="foo")
    for level in ("", "index", "manifest,index", "manifest[linux/amd64],index", " index , manifest", "manifest-descriptor,index-descriptor", ",", "index:x"):
        yield case(cat="levels", annotations="a=b", tags="foo", env={"DOCKER_METADATA_ANNOTATIONS_LEVELS": level})
    for repo in ("plain", "bare", "empty", "trunk", "unicode", "lines", "quotes", "no-spdx"):
        yield case(cat="repo", repo=repo, tags="type=edge\nfoo")
        yield case(cat="repo", repo=repo, hidden="all", tags="type=edge\nfoo,enable={{is_default_branch}}\nbar")
        yield case(cat="repo", repo=repo, hidden=["license", "description"], tags="type=edge\nfoo", ref=HEAD + "trunk")
    for separator in (",", ", ", " ", "|", "\\n", "\t", "::", "ü", "\n\n", " | "):
        yield case(cat="separator", ref=TAG + "v1.2.3", tags=rules_, labels="a=1", sep_tags=separator, sep_labels=separator, sep_annotations=separator)
    for target in ("t", "a-b", 'x"y', "docker metadata", " t ", "ü", "a\\b", "toString"):
        yield case(cat="bake", ref=TAG + "v1.2.3", tags=rules_, bake_target=target, images="a/b\nc/d")
    yield case(cat="bake", ref=HEAD + "main", tags="type=semver,pattern={{version}}", images="a/b")
    yield case(cat="bake", ref=HEAD + "main", tags="type=semver,pattern={{version}}", images="", labels="a=b<c>&\"d\"\u2028e\u0001f\\g/h")
    for name in ("DOCKER_METADATA_SET_OUTPUT_ENV", "DOCKER_METADATA_PR_HEAD_SHA"):
        for value in ("true", "false", "1", "0", "t", "f", "T", "F", "True", "FALSE", "yes", "", " ", "TRUE", "xtruex"):
            yield case(cat="variable", event_name="pull_request", ref="refs/pull/42/merge", tags="type=sha\ntype=ref,event=pr", env={name: value})
    for value in ("0", "1", "4", "12", "40", "41", "-1", "3.7", "0x10", "1e1", " 5 ", "Infinity", "NaN", "abc", "7a", "", " ", "010"):
        yield case(cat="variable", tags="type=sha\n{{sha}}x", env={"DOCKER_METADATA_SHORT_SHA_LENGTH": value})
    yield case(cat="variable", tags="foo", env={"DOCKER_METADATA_SHORT_SHA_LENGTH": "abc"})
    for context in ("workflow", "git", "Git", "", " git ", "none"):
        yield case(cat="context", context=context, git="branch-main", tags="type=sha\ntype=ref,event=branch")
    yield case(cat="bad", tags="type=raw,value=x", labels="a={{#if}}")
    yield case(cat="bad", tags="type=raw,value=x", annotations="a={{nope 1}}")
    yield case(cat="bad", ref=TAG + "v1", tags="type=semver,pattern={{version}}\ntype=match,pattern=x\ntype=pep440,pattern={{version}},value=zzz")
    yield case(cat="bad", ref=TAG + "v1.0.0", tags="type=semver,pattern={{version}},prefix={{nope 1}}")


def expressions():
    for at, value in enumerate(EXPRESSIONS):
        ref = (HEAD + "main", TAG + "v1.2.3", HEAD + "feat/a&b")[at % 3]
        yield case(cat="expression", ref=ref, tags="type=raw," + quoted("value=" + value))
        if at % 3:
            yield case(cat="expression", ref=HEAD + "main", tags="foo", labels=quoted("k=" + value))


def repositories(kinds):
    tags = "type=ref,event=branch\ntype=ref,event=tag\ntype=ref,event=pr\ntype=semver,pattern={{version}}\ntype=edge\ntype=sha\ntype=raw,value={{branch}}{{tag}}_{{commit_date 'YYYYMMDD-HHmmss'}}_{{is_default_branch}}"
    for kind in [*kinds, None]:
        yield case(cat="git", event_name="workflow_dispatch", context="git", git=kind, tags=tags)
    yield case(cat="git", event_name="schedule", context="git", git="detached-tag", tags="type=schedule\n" + tags)
    yield case(cat="git", event_name="pull_request", ref="refs/pull/42/merge", context="git", git="detached-pr", tags=tags, env={"DOCKER_METADATA_PR_HEAD_SHA": "true"})


def everything(kinds):
    """All of them, in order."""
    for group in (semver, pep440, match, dates, rules, whole, expressions):
        yield from group()
    yield from repositories(kinds)


__all__ = ["everything", "SHA"]
